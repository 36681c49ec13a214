// gosan run [options] -- prog args...
#pragma once

#include <string>
#include <vector>

namespace gosan::cli {

struct run_options {
  std::vector<std::string> reports;   // FORMAT[:PATH]
  std::string fail_on;                // empty: the default
  std::vector<std::string> settings;  // key=value of GOSAN_OPTIONS
  std::vector<std::string> command;
};

// Returns the exit status, by this order of precedence: 66 when findings are gated; 3 when no process under the detectors
// gave its handshake, or one did not give its end line; else the program's own, 128 + n when a signal ended it; and 2
// instead of 0 or the program's own when a report could not be written. Throws failure.
int run(const run_options& o);

}  // namespace gosan::cli
