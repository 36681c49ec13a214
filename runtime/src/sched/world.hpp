// Stopping the world: all workers come to rest at a point where no runtime data is being changed.
//
// Most come by themselves: at the next schedule. One that stays in user code longer than patience_ns is interrupted by a
// signal, whose handler holds it, unless it is inside the runtime or a stop guard; then it is asked again. Goroutines inside
// blocking() are left alone and held when they come out.
//
// [WORLD] stopper: halt = 1 (seq_cst), then reads each worker's rest. Worker: rest = none (seq_cst), then reads halt.
// So a worker that wakes or leaves a handler is either seen at work, or sees that it must halt.
#pragma once

#include <atomic>
#include <cstdint>

#include "events/snapshot.hpp"

namespace gosan::rt {

struct worker;

// Where a worker rests, if it does.
enum class rest : std::uint32_t { none, asleep, halted, interrupted };

// Where an interrupted worker's goroutine is.
struct interruption {
  std::uintptr_t pc = 0, stack_pointer = 0, frame_pointer = 0;
  std::uintptr_t registers[32] = {};
};

// The worker's side, when it sees the_scheduler.halt: rests until the world goes on.
void rest_while_halted(worker* w) noexcept;

// Any thread. Only one may stop the world at a time; others wait.
void stop_world() noexcept;
void start_world() noexcept;

// The handler of the stop signal and of SIGQUIT.
void install_signal_handlers() noexcept;

}  // namespace gosan::rt
