#include "stack/stack.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "events/own_memory.hpp"
#include "events/sink.hpp"
#include "sched/lock.hpp"
#include "stack/advise.hpp"
#include "switch/sanitizers.hpp"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

namespace gosan::rt {
namespace {

constexpr std::size_t page = 4096;
constexpr unsigned smallest_shift = 14, largest_shift = 30;
constexpr std::size_t first_reservation = std::size_t{8} << 20, largest_reservation = std::size_t{8} << 30;
constexpr std::size_t colors = 16, color_step = 64;

// One reservation, cut into slots from the lowest on. Never given back, so that a look-up needs no lock.
struct reservation {
  std::uintptr_t low, high;
  std::size_t slot_size;
  std::atomic<std::uintptr_t> unguarded;  // slots from here on have a canary instead of a guard
};
constexpr std::size_t max_reservations = 4096;

// A free stack is linked through its own highest bytes, which are committed.
struct link {
  stack self;
  link* next;
};
link* link_in(const stack& s) noexcept { return reinterpret_cast<link*>(s.high - sizeof(link)); }

// Free stacks whose pages went back to the kernel, listed in the pages of one more that kept its own.
struct cold_batch {
  static constexpr std::size_t most = most_ranges - 2;
  stack carrier;
  cold_batch* next;
  std::size_t count;
  stack others[most];
};
cold_batch* batch_in(const stack& s) noexcept { return reinterpret_cast<cold_batch*>(s.high - sizeof(cold_batch)); }

struct pool {
  lock mu{lock_rank::stacks};
  link* free GOSAN_GUARDED_BY(mu) = nullptr;
  std::size_t free_count GOSAN_GUARDED_BY(mu) = 0;
  std::size_t unused GOSAN_GUARDED_BY(mu) = 0;   // the least free_count since the period began
  std::size_t surplus GOSAN_GUARDED_BY(mu) = 0;  // whose pages are to be given back
  cold_batch* cold GOSAN_GUARDED_BY(mu) = nullptr;
  reservation* carved_from GOSAN_GUARDED_BY(mu) = nullptr;
  char* carve_next GOSAN_GUARDED_BY(mu) = nullptr;
  char* carve_end GOSAN_GUARDED_BY(mu) = nullptr;
  std::size_t next_bytes GOSAN_GUARDED_BY(mu) = first_reservation;
};

constinit pool pools[largest_shift - smallest_shift + 1];
constinit reservation reservations[max_reservations] = {};
constinit std::atomic<std::size_t> reservation_count{0};
constinit lock reservation_mu{lock_rank::reservations};

// Guards by MADV_GUARD_INSTALL cost no mapping. Where the kernel has none, mprotect splits the mapping, and the number of
// mappings of a process is limited (vm.max_map_count): stacks beyond that have a canary, the guard's page left as the kernel
// gave it, all zero. It is looked at whenever the goroutine stops, without committing it. So that one which never stops cannot
// run through all stacks below, every so many of them one is guarded all the same.
constexpr std::size_t mprotect_guards_at_most = 16384, fence_every = 128;
constinit std::atomic<guard_kind> best_guard{guard_kind::install};
constinit std::atomic<std::size_t> mprotect_guards{0};

[[noreturn]] void no_address_space(std::size_t bytes) noexcept {
  std::fprintf(stderr, "gosan: cannot reserve %zu bytes of address space for stacks: %s (see ulimit -v)\n", bytes,
               std::strerror(errno));
  _exit(2);
}

// A kind that has failed once is not tried again.
bool install_guards(const iovec* pages, std::size_t n) noexcept {
  if (best_guard.load(std::memory_order_relaxed) != guard_kind::install) return false;
  if (advise_all(pages, n, MADV_GUARD_INSTALL)) return true;
  best_guard.store(guard_kind::protect, std::memory_order_relaxed);
  return false;
}

bool protect(void* at) noexcept {
  if (best_guard.load(std::memory_order_relaxed) != guard_kind::protect) return false;
  if (mprotect_guards.fetch_add(1, std::memory_order_relaxed) < mprotect_guards_at_most && mprotect(at, page, PROT_NONE) == 0)
    return true;
  best_guard.store(guard_kind::canary, std::memory_order_relaxed);
  return false;
}

// Stacks start at different cache sets: with equal page offsets the hot ends of all of them would compete for one.
char* colored_high(char* slot, std::size_t slot_size) noexcept {
  const std::size_t index = reinterpret_cast<std::uintptr_t>(slot) / slot_size;
  return slot + slot_size - (index % colors) * color_step;
}

void reserve(pool& p, std::size_t slot_size) noexcept GOSAN_REQUIRES(p.mu) {
  const std::size_t slots = std::max<std::size_t>(1, p.next_bytes / slot_size);
  p.next_bytes = std::min(p.next_bytes * 2, largest_reservation);
  const std::size_t bytes = (slots + 1) * slot_size;  // one more to align by
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) no_address_space(bytes);
  if constexpr (events::recording) events::own_memory::add(at, bytes);
  madvise(at, bytes, MADV_NOHUGEPAGE);
  const auto low = (reinterpret_cast<std::uintptr_t>(at) + slot_size - 1) & ~(slot_size - 1);
  p.carve_next = reinterpret_cast<char*>(low);
  p.carve_end = p.carve_next + slots * slot_size;
  hold h(reservation_mu);
  const std::size_t n = reservation_count.load(std::memory_order_relaxed);
  if (n == max_reservations) no_address_space(bytes);
  p.carved_from = &reservations[n];
  p.carved_from->low = low;
  p.carved_from->high = low + slots * slot_size;
  p.carved_from->slot_size = slot_size;
  p.carved_from->unguarded.store(p.carved_from->high, std::memory_order_relaxed);
  // [RESERVATION] release meets the acquire in reservation_of().
  reservation_count.store(n + 1, std::memory_order_release);
}

const reservation* reservation_of(std::uintptr_t address) noexcept {
  // [RESERVATION] acquire meets the release store in reserve().
  const std::size_t n = reservation_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < n; ++i)
    if (address >= reservations[i].low && address < reservations[i].high) return &reservations[i];
  return nullptr;
}

bool is_fence(const reservation& r, const char* slot) noexcept {
  return (reinterpret_cast<std::uintptr_t>(slot) - r.low) / r.slot_size % fence_every == 0;
}

// The slot has no guard that cost no mapping.
void set_guard(reservation& r, char* slot) noexcept {
  // Once one gets none, the later ones get none either.
  if (protect(slot)) return;
  auto all = r.high;
  // [CANARY] relaxed: who runs on a stack got it through a lock after this.
  r.unguarded.compare_exchange_strong(all, reinterpret_cast<std::uintptr_t>(slot), std::memory_order_relaxed);
  canaries.store(true, std::memory_order_relaxed);
  if (is_fence(r, slot)) mprotect(slot, page, PROT_NONE);
}

// The next slots of a reservation, as many as it has up to n.
std::size_t carve(pool& p, std::size_t slot_size, stack* into, std::size_t n) noexcept GOSAN_REQUIRES(p.mu) {
  if (p.carve_next == p.carve_end) reserve(p, slot_size);
  n = std::min({n, most_ranges, static_cast<std::size_t>(p.carve_end - p.carve_next) / slot_size});
  iovec guards[most_ranges];
  for (std::size_t i = 0; i < n; ++i) {
    char* slot = p.carve_next + i * slot_size;
    guards[i] = {slot, page};
    into[i] = {slot + page, colored_high(slot, slot_size)};
  }
  p.carve_next += n * slot_size;
  if (!install_guards(guards, n))
    for (std::size_t i = 0; i < n; ++i) set_guard(*p.carved_from, static_cast<char*>(guards[i].iov_base));
  return n;
}

// A stack whose pages went back, or the last of a batch, that which lists them.
stack take_cold(pool& p) noexcept GOSAN_REQUIRES(p.mu) {
  cold_batch* b = p.cold;
  if (b->count > 0) return b->others[--b->count];
  p.cold = b->next;
  return b->carrier;
}

stack take_free(pool& p) noexcept GOSAN_REQUIRES(p.mu) {
  const stack s = p.free->self;
  p.free = p.free->next;
  p.unused = std::min(p.unused, --p.free_count);
  return s;
}

pool& pool_of(std::size_t slot_size) noexcept { return pools[std::countr_zero(slot_size) - smallest_shift]; }

}  // namespace

constinit std::atomic<bool> canaries{false};

std::size_t stack_slot_size(std::size_t wished) noexcept {
  return std::bit_ceil(std::clamp(wished, std::size_t{1} << smallest_shift, std::size_t{1} << largest_shift));
}

namespace {

// The page a goroutine begins on: one call for many costs less than a fault for each.
void commit(const stack* s, std::size_t n) noexcept {
  iovec pages[most_ranges];
  n = std::min(n, most_ranges);
  for (std::size_t i = 0; i < n; ++i) {
    const auto top = (reinterpret_cast<std::uintptr_t>(s[i].high) - 1) & ~(page - 1);
    pages[i] = {reinterpret_cast<void*>(top), page};
  }
  advise_at_once(pages, n, MADV_POPULATE_WRITE);
}

}  // namespace

void take_stacks(std::size_t slot_size, stack* into, std::size_t n) noexcept {
  pool& p = pool_of(slot_size);
  std::size_t i = 0, warm = 0;
  {
    hold h(p.mu);
    while (i < n && p.free) into[i++] = take_free(p);
    warm = i;
    while (i < n && p.cold) into[i++] = take_cold(p);
    while (i < n) i += carve(p, slot_size, into + i, n - i);
  }
  if (n - warm > 1) commit(into + warm, n - warm);
}

void give_stacks(std::size_t slot_size, const stack* from, std::size_t n) noexcept {
  pool& p = pool_of(slot_size);
  hold h(p.mu);
  for (std::size_t i = 0; i < n; ++i) {
    link* l = link_in(from[i]);
    *l = {from[i], p.free};
    p.free = l;
    ++p.free_count;
  }
}

namespace {

constexpr std::size_t keep_warm = 1024;  // free stacks of a size that keep their pages

// Gives back the pages of up to a batch of the surplus. True when there is more to do.
bool cool(pool& p, std::size_t slot_size) noexcept {
  stack taken[cold_batch::most + 1];
  std::size_t n = 0;
  {
    hold h(p.mu);
    p.surplus = std::min(p.surplus, p.free_count);
    const std::size_t want = std::min(p.surplus, cold_batch::most + 1);
    if (want < 2) return false;
    p.surplus -= want;
    while (n < want) taken[n++] = take_free(p);
  }
  iovec pages[cold_batch::most];
  for (std::size_t i = 1; i < n; ++i) pages[i - 1] = {taken[i].low, slot_size - page};
  advise_all(pages, n - 1, MADV_DONTNEED);
  if (sanitizers::present.any) [[unlikely]] sanitizers::fresh_stack(taken[0].low, taken[0].high);
  cold_batch* b = batch_in(taken[0]);
  b->carrier = taken[0];
  b->count = n - 1;
  std::copy(taken + 1, taken + n, b->others);
  hold h(p.mu);
  b->next = p.cold;
  p.cold = b;
  return p.surplus > 1;
}

// What no goroutine has needed for a period is surplus. True when the next period may find some.
bool begin_period(pool& p) noexcept {
  hold h(p.mu);
  p.surplus = p.unused > keep_warm ? p.unused - keep_warm : 0;
  p.unused = p.free_count;
  return p.free_count > keep_warm + 1;
}

}  // namespace

std::int64_t cool_stacks(std::int64_t now) noexcept {
  static std::int64_t period_end = 0;
  constexpr std::int64_t period = 1000000000, between_batches = 200000;
  bool more = false, later = false;
  const bool ended = now >= period_end;
  if (ended) period_end = now + period;
  for (unsigned shift = smallest_shift; shift <= largest_shift; ++shift) {
    pool& p = pools[shift - smallest_shift];
    if (ended) later |= begin_period(p);
    more |= cool(p, std::size_t{1} << shift);
  }
  if (more) return now + between_batches;
  return later || !ended ? period_end : no_surplus;
}

bool in_stack_guard(std::uintptr_t address) noexcept {
  const reservation* r = reservation_of(address);
  return r && (address - r->low) % r->slot_size < page;
}

namespace {

// Whatever lies there, a sanitizer's redzone too, is what is looked for.
__attribute__((no_sanitize("address", "thread"))) bool all_zero(const char* guard_page) noexcept {
  const auto* words = reinterpret_cast<const std::uintptr_t*>(guard_page);
  for (std::size_t i = page / sizeof *words; i-- > 0;)
    if (words[i] != 0) return false;
  return true;
}

}  // namespace

bool stack_overflowed(const stack& s, const void* stack_pointer) noexcept {
  const auto low = reinterpret_cast<std::uintptr_t>(s.low);
  if (reinterpret_cast<std::uintptr_t>(stack_pointer) < low) return true;
  const reservation* r = reservation_of(low);
  // [CANARY] relaxed: see carve().
  if (!r || low < r->unguarded.load(std::memory_order_relaxed) || is_fence(*r, s.low - page)) return false;
  return !all_zero(s.low - page);
}

void guards_at_best(guard_kind k) noexcept { best_guard.store(k, std::memory_order_relaxed); }

}  // namespace gosan::rt
