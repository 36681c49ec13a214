// Fatal outcomes: what ends the program with a report in Go's form and exit status 2.
#pragma once

#include <string>

#include "events/snapshot.hpp"

namespace gosan::rt {

inline constexpr int fatal_status = 2;

// An exception that leaves a goroutine reaches std::terminate with its stack intact; the handler reports it. On threads that
// run no goroutine the handler that was there before is called.
void install_terminate_handler() noexcept;

// The text of a dump: of each goroutine "goroutine 7 "name" [chan receive]:", its stack, where it was created. Looks symbols
// up: allocates, starts a process; not for signal handlers.
std::string text_of(const events::snapshot& s);

// Writes all of it, past stdio's buffers.
void write_text(int fd, const std::string& text) noexcept;

// Does not return once a report is being written. Who would end the program otherwise calls this: a panic's status and report
// win over main's return, as in Go.
void wait_if_ending() noexcept;

// Carries a report out on a large stack of its own, with scheduling stopped, and ends the program. `what` is what the sink
// is told on this thread (null: it has been told), `headline` the first lines.
[[noreturn]] void end_with_report(const char* what, const std::string& headline, const events::snapshot& s) noexcept;

}  // namespace gosan::rt
