#include "race/states.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "live/live.hpp"

char* __gosan_states = nullptr;

namespace gosan::race::states {
namespace {

constexpr std::size_t area_units = 4096;  // 64 KiB
constinit std::atomic<std::uint64_t> next_unit{area_units};  // the first area holds state 0
constinit std::uint64_t reserved_units = 0;
constinit std::atomic<bool> ready{false};

[[noreturn]] void out_of_memory() noexcept {
  static constexpr char text[] =
      "gosan: no address space left for the race detector (is `ulimit -v` set?)\n";
  [[maybe_unused]] auto written = write(2, text, sizeof text - 1);
  _exit(3);
}

// Address space is taken as large as the limits of the process allow; memory only as it is used.
void reserve() noexcept {
  for (std::size_t bytes = std::size_t{1} << 36; bytes >= std::size_t{1} << 26; bytes >>= 1) {
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) continue;
    __gosan_states = static_cast<char*>(p);
    reserved_units = bytes / state_unit;
    return;
  }
  out_of_memory();
}

state* allocate(unsigned entries, area& mine, state_id& id) noexcept {
  const std::uint32_t units = 1 + entries;
  if (mine.end - mine.next < units) {
    const std::uint64_t want = units > area_units ? units : area_units;
    const std::uint64_t first = next_unit.fetch_add(want, std::memory_order_relaxed);
    if (first + want > reserved_units) out_of_memory();
    mine = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first + want)};
  }
  id = mine.next;
  mine.next += units;
  return reinterpret_cast<state*>(__gosan_states + std::size_t{id} * state_unit);
}

// Bytes that the actor of x has already accessed in this epoch at least as strongly as x.
byte_mask known_bytes(const state& s, const entry& x) noexcept {
  byte_mask m = 0;
  for (unsigned i = 0; i < s.count; ++i)
    if (s.entries[i].when == x.when && replaces(s.entries[i].kind, x.kind)) m |= s.entries[i].bytes;
  return m;
}

// What x leaves of an earlier entry.
byte_mask left_of(const entry& e, const entry& x, const clock& past, conflicts_found& races) noexcept {
  const byte_mask common = e.bytes & x.bytes;
  if (!common) return e.bytes;
  const bool ordered = number_of(e.when) == number_of(x.when) || past.knows(e.when);
  if (!ordered && conflict(e.kind, x.kind)) {
    races.add(e, common);
    return e.bytes & static_cast<byte_mask>(~common);
  }
  return ordered && replaces(x.kind, e.kind) ? e.bytes & static_cast<byte_mask>(~common) : e.bytes;
}

std::uint16_t cover_of(const entry* entries, unsigned n, epoch owner) noexcept {
  std::uint16_t cover = 0;
  for (unsigned i = 0; i < n; ++i) {
    if (entries[i].when != owner || is_atomic(entries[i].kind)) continue;
    cover |= need_of(entries[i].bytes, false);
    if (is_write(entries[i].kind)) cover |= need_of(entries[i].bytes, true);
  }
  return cover;
}

// Adds x: to the entry of the same access to neighbouring bytes, if there is one.
unsigned append(entry* entries, unsigned n, const entry& x) noexcept {
  for (unsigned i = 0; i < n; ++i) {
    if (entries[i].when != x.when || entries[i].kind != x.kind || entries[i].site != x.site) continue;
    entries[i].bytes |= x.bytes;
    return n;
  }
  entries[n] = x;
  return n + 1;
}

}  // namespace

void start() noexcept {
  reserve();
  auto* none = reinterpret_cast<state*>(__gosan_states);
  none->owner = no_epoch;
  ready.store(true, std::memory_order_release);
}

bool started() noexcept { return ready.load(std::memory_order_acquire); }

state_id after(state_id old, const entry& x, const clock& past, area& mine, conflicts_found& races) noexcept {
  const state& s = state_at(old);
  if ((known_bytes(s, x) & x.bytes) == x.bytes) return old;
  state_id id;
  state* fresh = allocate(s.count + 1u, mine, id);
  unsigned n = 0;
  for (unsigned i = 0; i < s.count; ++i) {
    const byte_mask left = left_of(s.entries[i], x, past, races);
    if (!left) continue;
    fresh->entries[n] = s.entries[i];
    fresh->entries[n++].bytes = left;
  }
  n = append(fresh->entries, n, x);
  fresh->owner = x.when;
  fresh->count = static_cast<std::uint16_t>(n);
  fresh->cover = cover_of(fresh->entries, n, x.when);
  mine.next = id + 1 + n;
  return id;
}

state_id without(state_id old, byte_mask bytes, area& mine) noexcept {
  const state& s = state_at(old);
  unsigned kept = 0;
  for (unsigned i = 0; i < s.count; ++i) kept += (s.entries[i].bytes & ~bytes) != 0;
  if (!kept) return 0;
  state_id id;
  state* fresh = allocate(kept, mine, id);
  fresh->owner = s.owner;
  fresh->count = 0;
  for (unsigned i = 0; i < s.count; ++i) {
    const auto left = static_cast<byte_mask>(s.entries[i].bytes & ~bytes);
    if (!left) continue;
    fresh->entries[fresh->count] = s.entries[i];
    fresh->entries[fresh->count++].bytes = left;
  }
  fresh->cover = cover_of(fresh->entries, fresh->count, fresh->owner);
  return id;
}

std::uint64_t bytes_used() noexcept { return next_unit.load(std::memory_order_relaxed) * state_unit; }

}  // namespace gosan::race::states
