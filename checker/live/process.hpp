// Start and end of a recording program: hand-shake, what is judged at the end, exit status, fatal outcomes, signals, fork.
//
// The result (option `result`) is a file of JSON lines: the first tells the version, the detectors that are on and whether any
// module was instrumented; each finding follows at once when it is made; the last line tells that the program's end was seen. A
// reader that misses the last line knows that the result is not complete. Without a result file the findings are printed as
// text when the program ends and its exit status becomes the option `exitcode`.
#pragma once

#include <string_view>

namespace gosan::live::process {

void start() noexcept;
// The process is part of another one's test and judged by that: it tells nothing, and has no result.
void stay_silent() noexcept;
// The main goroutine has returned: judges what is left of the others. Returns the status to exit with.
int main_ended(int status) noexcept;
// The program ends for `what`: "deadlock", "stack overflow", or the text of a panic.
void fatal(std::string_view what) noexcept;

}  // namespace gosan::live::process
