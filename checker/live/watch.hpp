// The watchdog: a thread outside the scheduler, so that it looks even when every worker is stuck.
//
//   looks for                                         how often              option
//   rings through locks of the system's threads       ten times a second     -
//   proven leaks, partial deadlocks                   as asked               leak_interval, leak_signal
//   a main that can never go on                       after 1 s, 2 s, 4 s -
//                                                     ... of one wait; later
//                                                     with many goroutines
//   the same, main included                           at a request to end    -
//   goroutines that wait for too long                 four times a limit     stuck
//   locks held or waited for for too long             four times a limit     lock_limit
//
// What it tells once is not told again at the end of main.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sync/alive.hpp"

namespace gosan::live {

// How long main has to be in one wait before it is asked the first time whether it can ever go on. The world stands still while a proof looks
// at all goroutines, some microseconds for each: for no more than a hundredth of the time.
constexpr std::uint64_t patience_with_main_ns(std::uint64_t goroutines) noexcept {
  constexpr std::uint64_t least = 1'000'000'000, of_each = 5'000, share = 100;
  return std::max(least, goroutines * of_each * share);
}

void start_watching() noexcept;
// From now on others judge. Waits for a look that is under way.
void stop_watching() noexcept;
// The process was told to end by `signal`, whose handler calls this: waits until the watchdog has looked for proofs once more, for two
// seconds at most. False when the handler is to return, and the process to go on: another thread waits here already, or this one is where the
// world cannot be stopped, and the signal comes again in a moment.
bool look_before_the_end(int signal) noexcept;
// What was told already, for the judgement at the end.
void add_told(sync::verdicts& known);
// The goroutines were told of just now, by whom it may be.
void tell(const iset<events::actor_id>& more);
// Whether a ring through locks of the system's threads was reported: a hang that follows is told by it.
bool ring_of_threads_told() noexcept;

}  // namespace gosan::live
