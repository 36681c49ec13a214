// A sink for the runtime as it records: the race detector and its naive twin, each event to both before the next.
#pragma once

#include <cstdint>

#include "live/spin_lock.hpp"
#include "oracle.hpp"

namespace gosan::test {

inline constexpr std::uint64_t readers_of = 1ull << 50, slot_of = 1ull << 51, variable = 1ull << 52;

// Held while an event or an access is told. Nothing is done under it that could wait for a goroutine.
live::spin_lock& one_at_a_time() noexcept;
// The rest is for who holds it.
oracle& twin() noexcept;
std::uint64_t running_id() noexcept;
std::uint64_t events_seen() noexcept;
// The detector forgets what it knows of these bytes, the twin everything. REQUIRES: whoever ran before is ordered before the caller.
void begin_program(void* p, std::size_t n) noexcept;

}  // namespace gosan::test
