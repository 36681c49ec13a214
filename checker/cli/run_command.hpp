// gosan run [options] -- prog args...
#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"

namespace gosan::cli {

struct gate_options {
  std::string fail_on;                 // empty: the default
  std::string baseline, suppressions;  // paths; empty: none
};

struct run_options {
  std::vector<std::string> reports;   // FORMAT[:PATH]
  std::string trace;                  // path to record the events to; empty: none
  std::string result;                 // path to append the raw result to; empty: none
  std::vector<std::string> settings;  // key=value of GOSAN_OPTIONS
  std::vector<std::string> command;
  gate_options gate;
};

// The last line of a failed run: what failed it, and what chooses that. Of a damaged input that is said, and goes first.
void tell_gated(const gate_options& o, const report::document& d, std::size_t gated, bool of_damaged_input = false);
// Of the first process whose end is not known: "'program' (process 7) ended before its detectors reported"; else empty.
std::string unfinished(const report::document& d);

// Returns the exit status, by this order of precedence: 66 when findings are gated; 3 when no process under the detectors
// gave its handshake, or one did not give its end line; else the program's own, 128 + n when a signal ended it; and 2
// instead of 0 or the program's own when a report could not be written. Throws failure.
int run(const run_options& o);

}  // namespace gosan::cli
