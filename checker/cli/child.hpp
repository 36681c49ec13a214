// The program under the detectors: found, started, waited for.
#pragma once

#include <string>
#include <vector>

namespace gosan::cli {

struct outcome {
  int status = 0;  // its exit status, 128 + n when a signal ended it
  int signal = 0;  // that signal, 0 when it exited
};

// The file that `name` means, by PATH as a shell would. Throws failure(2) that names it when there is none or it is not
// executable.
std::string find_executable(const std::string& name);

// Runs it to its end with GOSAN_OPTIONS set to `options`, in this process group and on these standard streams. Ctrl-C
// reaches it from the terminal; other requests to end are passed on; this process outlives both. Throws failure(2) when
// it cannot be started.
outcome run_child(const std::vector<std::string>& command, const std::string& options);

// The same with the options of this process and without showing what it prints; its standard error goes to the file `errors`.
outcome run_quietly(const std::vector<std::string>& command, const std::string& errors);

// "SIGSEGV", "signal 64"
std::string signal_name(int signal);

}  // namespace gosan::cli
