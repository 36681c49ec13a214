// A picture of all goroutines at one moment, as plain data. The runtime takes it; detectors, dumps and tests read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "events/event.hpp"

namespace gosan::events {

enum class goroutine_state : std::uint8_t { runnable, running, waiting, blocking, ended };

struct goroutine_view {
  actor_id id = 0;
  std::string name;
  goroutine_state state{};
  wait_reason why{};
  object_id waits_on = 0;
  std::uint64_t waiting_ns = 0;   // how long it has been waiting
  bool daemon = false;
  bool is_main = false;
  bool is_thread = false;         // an OS thread that waits in one of our operations
  actor_id creator = 0;
  std::uintptr_t created_at = 0;  // return address of the spawn
  // Where it is: innermost first. Empty for a goroutine that runs at this moment on another thread.
  std::vector<std::uintptr_t> stack;
  // Its stack: live bytes are [stack_pointer, stack_high). 0 when it has none yet or is running.
  std::uintptr_t stack_pointer = 0, stack_low = 0, stack_high = 0;
  // Of one that was interrupted in user code: the registers it had. Otherwise empty: the callee-saved ones lie at the stack
  // pointer.
  std::vector<std::uintptr_t> registers;
  // The control block (with the closure) is here:
  const void* control_block = nullptr;
  std::size_t control_block_size = 0;
};

struct snapshot {
  std::uint64_t taken_ns = 0;
  std::vector<goroutine_view> goroutines;
  std::vector<std::uintptr_t> timer_args;  // roots: what armed timers can reach
  bool timers_only_send = false;           // on channels: none of them runs a function or ends a context
};

// Implemented by the runtime (sched/snapshot.cpp), in both libraries. `stopped` is called with the world stopped, with
// the picture complete: no goroutine runs user code outside blocking(). It must not allocate from the user's allocator
// where the sink forbids it, park, or throw.
void with_world_stopped(void (*stopped)(const snapshot&, void*), void* arg);
// The stack the caller runs on: a goroutine's, a worker's or a thread's. {0, 0} when unknown. Lock-free, does not
// allocate; called at every stack capture.
struct stack_range {
  std::uintptr_t low = 0, high = 0;
};
stack_range current_stack() noexcept;

// The same picture without stopping anything; running goroutines have no stack in it.
snapshot take_snapshot();

}  // namespace gosan::events
