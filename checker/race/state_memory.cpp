#include "race/state_memory.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <mutex>

#include "events/own_memory.hpp"
#include "live/internal_alloc.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "race/budget.hpp"

char* __gosan_states = nullptr;

namespace gosan::race::states {

constinit std::atomic<bool> detail::ready{false};

namespace {

constexpr std::uint32_t area_units = 4096;  // 64 KiB
constinit std::atomic<std::uint64_t> next_unit{area_units};  // the first area holds state 0
constinit std::uint64_t reserved_units = 0;
constinit std::atomic<std::uint64_t> handed_out{0};

// What collections found free, the longest at the end. [guarded by lock]
struct {
  live::spin_lock lock;
  live::ivector<hole>* list = nullptr;
} constinit holes;

[[noreturn]] void out_of_memory() noexcept {
  static constexpr char text[] = "gosan: no address space left for the race detector (is `ulimit -v` set?)\n";
  [[maybe_unused]] auto written = write(2, text, sizeof text - 1);
  _exit(3);
}

// Below this the detector could start, but shadow memory, stacks and the program would soon fail for want of space, one or the
// other first: refused at once, in clear words.
constexpr rlim_t least_address_space = rlim_t{512} << 20;

[[noreturn]] void too_little(rlim_t limit) noexcept {
  char text[160];
  const int n = std::snprintf(text, sizeof text, "gosan: the race detector needs at least %llu MB of address space, ulimit -v grants %llu MB\n",
                              static_cast<unsigned long long>(least_address_space >> 20), static_cast<unsigned long long>(limit >> 20));
  [[maybe_unused]] auto written = write(2, text, static_cast<std::size_t>(n));
  _exit(3);
}

// Address space is taken as the limits of the process allow, leaving most of it to the program; memory only as it is used.
std::size_t most_bytes() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return std::size_t{1} << 36;
  if (limit.rlim_cur < least_address_space) too_little(limit.rlim_cur);
  return std::bit_floor(std::min<std::size_t>(limit.rlim_cur / 4, std::size_t{1} << 36));
}

void reserve() noexcept {
  for (std::size_t bytes = most_bytes(); bytes >= std::size_t{1} << 24; bytes >>= 1) {
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) continue;
    events::own_memory::add(p, bytes);
    madvise(p, bytes, MADV_NOHUGEPAGE);
    __gosan_states = static_cast<char*>(p);
    reserved_units = bytes / state_unit;
    return;
  }
  out_of_memory();
}

// A hole of at least so many units, from those found last.
bool take_hole(std::uint32_t units, area& into) noexcept {
  std::lock_guard hold(holes.lock);
  if (!holes.list || holes.list->empty()) return false;
  hole& h = holes.list->back();
  if (h.end - h.first < units) return false;
  const std::uint32_t end = h.end - h.first > area_units && units <= area_units ? h.first + area_units : h.end;
  into = {h.first, end};
  if (end == h.end) holes.list->pop_back();
  else h.first = end;
  return true;
}

void take_area(std::uint32_t units, area& mine) noexcept {
  if (!take_hole(units, mine)) {
    const std::uint64_t want = units > area_units ? units : area_units;
    const std::uint64_t first = next_unit.fetch_add(want, std::memory_order_relaxed);
    if (first + want > reserved_units) out_of_memory();
    mine = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first + want)};
  }
  handed_out.fetch_add(mine.end - mine.next, std::memory_order_relaxed);
  budget::note_growth();
}

}  // namespace

void start() noexcept {
  reserve();
  nothing_known();
  detail::ready.store(true, std::memory_order_release);  // [READY]
}

namespace {

// As in [HEAD] of states.cpp, for the state of what was never accessed.
void set_none(epoch owner, std::uint16_t cover) noexcept {
  auto* none = reinterpret_cast<state*>(__gosan_states);
  __atomic_store_n(&none->owner, no_epoch, __ATOMIC_RELAXED);
  std::atomic_thread_fence(std::memory_order_release);
  __atomic_store_n(&none->cover, cover, __ATOMIC_RELAXED);
  __atomic_store_n(&none->owner, owner, __ATOMIC_RELEASE);
}

}  // namespace

void assume_known(epoch now) noexcept { set_none(now, 0xffff); }
void nothing_known() noexcept { set_none(no_epoch, 0); }

state* memory::allocate(std::uint32_t entries, area& mine, state_id& id) noexcept {
  const std::uint32_t units = 1 + entries;
  if (mine.end - mine.next < units) take_area(units, mine);
  id = mine.next;
  mine.next += units;
  char* here = __gosan_states + std::size_t{id} * state_unit;
  __builtin_prefetch(here + 512, 1);  // states are made one after the other: not to wait for the memory of the next ones
  return reinterpret_cast<state*>(here);
}

state* memory::allocate_aligned(std::uint32_t entries, area& mine, state_id& id) noexcept {
  const std::uint32_t units = 1 + entries;
  mine.next = std::min(mine.end, (mine.next + units - 1) & ~(units - 1));
  if (mine.end - mine.next < 2 * units) take_area(2 * units, mine), mine.next = (mine.next + units - 1) & ~(units - 1);
  return allocate(entries, mine, id);
}

std::uint32_t units_used() noexcept { return static_cast<std::uint32_t>(next_unit.load(std::memory_order_relaxed)); }
std::uint64_t units_since_collection() noexcept { return handed_out.load(std::memory_order_relaxed); }

void set_aside(live::ivector<hole>& into) noexcept {
  {
    std::lock_guard hold(holes.lock);
    if (!holes.list) return;
    std::uint64_t looked_at = 0;
    for (const hole& h : *holes.list) looked_at += h.units();
    looked_at /= 2;
    auto from = holes.list->begin();
    for (std::uint64_t units = 0; from != holes.list->end() && (units += from->units()) <= looked_at;) ++from;
    holes.list->erase(holes.list->begin(), from);
    into = *holes.list;
  }
  std::sort(into.begin(), into.end(), [](const hole& a, const hole& b) { return a.first < b.first; });
}

namespace {

// Whole pages of a hole read as zeroes from now on: the head of no state.
void return_pages(const hole& h) noexcept {
  constexpr std::uintptr_t page = 4096, least = 16 * page;
  const auto states = reinterpret_cast<std::uintptr_t>(__gosan_states);
  const std::uintptr_t first = (states + std::uintptr_t{h.first} * state_unit + page - 1) & ~(page - 1);
  const std::uintptr_t end = (states + std::uintptr_t{h.end} * state_unit) & ~(page - 1);
  if (end > first && end - first >= least) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

}  // namespace

void recycle(const live::ivector<hole>& found, bool give_back) noexcept {
  if (give_back) std::for_each(found.begin(), found.end(), return_pages);
  std::lock_guard hold(holes.lock);
  if (!holes.list) holes.list = new (live::internal_alloc(sizeof *holes.list)) live::ivector<hole>;
  std::sort(holes.list->begin(), holes.list->end(), shorter);  // the last one has become shorter
  live::ivector<hole> both(found.size() + holes.list->size());
  std::merge(found.begin(), found.end(), holes.list->begin(), holes.list->end(), both.begin(), shorter);
  holes.list->swap(both);
  handed_out.store(0, std::memory_order_relaxed);
}

std::uint64_t bytes_used() noexcept { return next_unit.load(std::memory_order_relaxed) * state_unit; }

}  // namespace gosan::race::states
