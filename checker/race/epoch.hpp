// One moment of one actor, as a number that fits a shadow cell.
//
//   63                      24 23                   0
//   +-------------------------+----------------------+
//   | number of the actor     | its time             |
//   +-------------------------+----------------------+
//
// Numbers are serial and never reused; an actor whose time runs out goes on under a new number (actors.cpp). The time
// grows at each release, so everything an actor does between two releases has one epoch.
#pragma once

#include <cstdint>

namespace gosan::race {

using epoch = std::uint64_t;
using actor_number = std::uint64_t;
using ticks = std::uint32_t;

inline constexpr unsigned time_bits = 24;
inline constexpr ticks last_tick = (1u << time_bits) - 1;
// Compares unequal to the epoch of every access, and nobody knows it.
inline constexpr epoch no_epoch = ~epoch{0};

constexpr epoch make_epoch(actor_number n, ticks t) noexcept { return n << time_bits | t; }
constexpr actor_number number_of(epoch e) noexcept { return e >> time_bits; }
constexpr ticks time_of(epoch e) noexcept { return static_cast<ticks>(e & last_tick); }

// Threads take their numbers in rows of `numbers_at_once`: those of several, each the first of its row, have to fall apart where a number picks a
// place among few.
inline constexpr actor_number numbers_at_once = 16;
constexpr actor_number spread(actor_number n) noexcept { return n + n / numbers_at_once; }

}  // namespace gosan::race
