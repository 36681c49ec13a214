// Starting and ending goroutines, behind go(), run() and goexit().
#pragma once

#include <cstdint>

#include "events/sink.hpp"
#include "sched/processor.hpp"
#include "sched/sched.hpp"

namespace gosan::rt {

// A goroutine that is not started yet; p may be null.
goroutine* create(processor* p, const closure& f, const spawn_options& o, void* creation_pc) noexcept;
// Makes it runnable. It may be over before this returns.
void start(processor* p, goroutine* g, const void* frame) noexcept;

// Whether the race detector takes events. To others some go without saying, since the one before says as much.
inline bool races_are_watched() noexcept {
  if constexpr (events::recording) return events::sink::wanted.load(std::memory_order_relaxed) >> events::memory_bit & 1;
  return false;
}

// ready() of the partner of a meeting, whom a chan_sync of this thread's has just named: that he is ready goes without saying.
void ready_partner(goroutine* g) noexcept;

// Runs f as a main goroutine; the calling thread waits until it has ended.
void run_main(const closure& f, void* creation_pc) noexcept;

// The status to return from run() or main: what the sink makes of `status`.
int end_of_run(int status) noexcept;

// Ends the running goroutine at once, without unwinding its stack. Does not return.
[[noreturn]] void finish() noexcept;

bool on_goroutine() noexcept;
std::int64_t live_goroutines() noexcept;   // daemons not counted

}  // namespace gosan::rt
