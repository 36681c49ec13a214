#pragma once

#include <cstdint>

namespace gosan::live {

// Returns once no goroutine moves any more, or after `grace_ms`. A goroutine that is about to end when main
// returns is no leak: while any that is not a daemon can still run or sleeps, this waits a little and looks again, as
// goleak does. Sleeps on the calling thread; goroutines run meanwhile.
void settle(std::uint64_t grace_ms);

}  // namespace gosan::live
