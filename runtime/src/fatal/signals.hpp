// Stack overflow and SIGQUIT: handlers that take notes, and the monitor that acts on them.
#pragma once

namespace gosan::rt {

void install_fault_handlers() noexcept;
// For each worker: the handlers need another stack than the overflowed one.
void give_thread_alternate_stack() noexcept;
// The monitor's side.
bool signals_wait() noexcept;
void serve_signals() noexcept;

}  // namespace gosan::rt
