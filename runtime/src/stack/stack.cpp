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

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

namespace gosan::rt {
namespace {

constexpr std::size_t page = 4096;
constexpr unsigned smallest_shift = 14, largest_shift = 30;
constexpr std::size_t first_reservation = std::size_t{8} << 20, largest_reservation = std::size_t{8} << 30;
constexpr std::size_t colors = 16, color_step = 64;

// One reservation, cut into slots. Never given back, so that a look-up needs no lock.
struct reservation {
  std::uintptr_t low, high;
  std::size_t slot_size;
};
constexpr std::size_t max_reservations = 4096;

// A free stack is linked through its own highest bytes, which are committed.
struct link {
  stack self;
  link* next;
};
link* link_in(const stack& s) noexcept { return reinterpret_cast<link*>(s.high - sizeof(link)); }

struct pool {
  lock mu{lock_rank::stacks};
  link* free GOSAN_GUARDED_BY(mu) = nullptr;
  std::size_t free_count GOSAN_GUARDED_BY(mu) = 0;
  char* carve_next GOSAN_GUARDED_BY(mu) = nullptr;
  char* carve_end GOSAN_GUARDED_BY(mu) = nullptr;
  std::size_t next_bytes GOSAN_GUARDED_BY(mu) = first_reservation;
};

constinit pool pools[largest_shift - smallest_shift + 1];
constinit reservation reservations[max_reservations] = {};
constinit std::atomic<std::size_t> reservation_count{0};
constinit lock reservation_mu{lock_rank::reservations};

// Guards by MADV_GUARD_INSTALL cost no mapping. Where the kernel has none, mprotect splits the mapping, and the number of
// mappings of a process is limited, so only so many stacks get one.
constexpr std::size_t mprotect_guards_at_most = 16384;
constinit std::atomic<int> guard_install_works{-1};
constinit std::atomic<std::size_t> mprotect_guards{0};

[[noreturn]] void no_address_space(std::size_t bytes) noexcept {
  std::fprintf(stderr, "gosan: cannot reserve %zu bytes of address space for stacks: %s (see ulimit -v)\n", bytes,
               std::strerror(errno));
  _exit(2);
}

void set_guard(char* at) noexcept {
  if (guard_install_works.load(std::memory_order_relaxed) != 0) {
    if (madvise(at, page, MADV_GUARD_INSTALL) == 0) return;
    guard_install_works.store(0, std::memory_order_relaxed);
  }
  if (mprotect_guards.fetch_add(1, std::memory_order_relaxed) < mprotect_guards_at_most)
    mprotect(at, page, PROT_NONE);
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
  if (n < max_reservations) {
    reservations[n] = {low, low + slots * slot_size, slot_size};
    // [RESERVATION] release meets the acquire in in_stack_guard().
    reservation_count.store(n + 1, std::memory_order_release);
  }
}

stack carve(pool& p, std::size_t slot_size) noexcept GOSAN_REQUIRES(p.mu) {
  if (p.carve_next == p.carve_end) reserve(p, slot_size);
  char* slot = p.carve_next;
  p.carve_next += slot_size;
  set_guard(slot);
  return {slot + page, colored_high(slot, slot_size)};
}

pool& pool_of(std::size_t slot_size) noexcept { return pools[std::countr_zero(slot_size) - smallest_shift]; }

}  // namespace

std::size_t stack_slot_size(std::size_t wished) noexcept {
  return std::bit_ceil(std::clamp(wished, std::size_t{1} << smallest_shift, std::size_t{1} << largest_shift));
}

void take_stacks(std::size_t slot_size, stack* into, std::size_t n) noexcept {
  pool& p = pool_of(slot_size);
  hold h(p.mu);
  for (std::size_t i = 0; i < n; ++i) {
    if (link* top = p.free) {
      into[i] = top->self;
      p.free = top->next;
      --p.free_count;
    } else {
      into[i] = carve(p, slot_size);
    }
  }
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

bool in_stack_guard(std::uintptr_t address) noexcept {
  // [RESERVATION] acquire meets the release store in reserve().
  const std::size_t n = reservation_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < n; ++i) {
    const reservation& r = reservations[i];
    if (address >= r.low && address < r.high) return (address - r.low) % r.slot_size < page;
  }
  return false;
}

}  // namespace gosan::rt
