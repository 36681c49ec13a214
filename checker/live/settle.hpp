#pragma once

#include <cstdint>

#include "sync/alive.hpp"

namespace gosan::live {

// Returns once no goroutine moves any more, or after `grace_ms`; after ten times as long while one of them runs or waits for a processor,
// which on a busy machine it may just not have been given. A goroutine that is about to end when main returns is no
// leak: while any that is not a daemon can still run, sleeps, or waits and some timer is armed, this waits a little and looks
// again, as goleak does. Sleeps on the calling thread; goroutines run meanwhile.
// Looks only at goroutines that `known` does not pass over; proven_only: as if there were no timers. Returns what is left of the grace.
std::uint64_t settle(std::uint64_t grace_ms, const sync::verdicts& known);

}  // namespace gosan::live
