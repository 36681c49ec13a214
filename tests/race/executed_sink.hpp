// A sink for the runtime as it records: the race detector and its naive twin, each event to both before the next.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "oracle.hpp"

namespace gosan::test {

inline constexpr std::uint64_t readers_of = 1ull << 50, slot_of = 1ull << 51, variable = 1ull << 52;

// Not the checker's own lock: under one of those the detector takes itself to be interrupted by a signal.
class turn_lock {
 public:
  void lock() noexcept {
    while (held_.test_and_set(std::memory_order_acquire)) sched_yield();  // [TURN] pairs with unlock
  }
  void unlock() noexcept { held_.clear(std::memory_order_release); }  // [TURN]

 private:
  std::atomic_flag held_;
};

// Held while an event or an access is told. Nothing is done under it that could wait for a goroutine.
turn_lock& one_at_a_time() noexcept;
// The rest is for who holds it.
oracle& twin() noexcept;
std::uint64_t running_id() noexcept;
std::uint64_t events_seen() noexcept;
// The detector forgets what it knows of these bytes, the twin everything. REQUIRES: whoever ran before is ordered before the caller.
void begin_program(void* p, std::size_t n) noexcept;

}  // namespace gosan::test
