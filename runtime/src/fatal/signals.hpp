// Stack overflow and SIGQUIT: handlers that take notes, and the monitor that acts on them.
#pragma once

namespace gosan::rt {

struct goroutine;

void install_fault_handlers() noexcept;
// For each worker: the handlers need another stack than the overflowed one.
void give_thread_alternate_stack() noexcept;
// Ends the program with the report of an overflow that no fault told of; on the worker's own stack.
[[noreturn]] void end_after_overflow(goroutine* g) noexcept;
// The monitor's side.
bool signals_wait() noexcept;
void serve_signals() noexcept;

}  // namespace gosan::rt
