// Recording the events of this process to a trace file, as the options trace, trace_window and trace_memory say.
#pragma once

#include <atomic>

#include "events/event.hpp"

namespace gosan::trace {

namespace detail {
extern std::atomic<bool> on;
void record(const events::event& e, events::stack_id stack) noexcept;
}  // namespace detail

// Opens the file and starts the writer, when the option `trace` names a file. A file that cannot be written is told in one
// line on standard error, and nothing is recorded. Before the first goroutine.
void start() noexcept;
// The same for a file of the caller's choice, at any time and once a process. False, with errno, when it cannot be.
bool start(const char* path) noexcept;

// As a sink's emit: any thread, locks of the runtime held. Encodes into the thread's own buffer; waits for the writer only
// when it is far behind. `stack` stands for the event's own.
inline void record(const events::event& e, events::stack_id stack) noexcept {
  if (detail::on.load(std::memory_order_relaxed)) detail::record(e, stack);
}
inline void record(const events::event& e) noexcept { record(e, e.stack); }

inline bool recording() noexcept { return detail::on.load(std::memory_order_relaxed); }

// The flight recorder writes its window out; does nothing without one.
void on_finding() noexcept;

// Writes what there is and an end mark. Waits for the disk.
void finish() noexcept;

// The process dies in the next moment: writes what there is, if the writer can within a fifth of a second. Allowed in a
// signal handler.
void emergency_flush() noexcept;

}  // namespace gosan::trace
