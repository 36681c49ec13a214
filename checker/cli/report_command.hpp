// gosan report and gosan baseline: what is done with reports after the run.
#pragma once

#include <string>
#include <vector>

#include "cli/run_command.hpp"

namespace gosan::cli {

struct report_options {
  std::vector<std::string> inputs;
  std::string format = "text";
  std::string output;  // empty: standard output
  std::vector<std::string> reports;  // FORMAT[:PATH], in place of the two above
  gate_options gate;
};

// Returns 0; 2 when a line of an input could not be read or a report not be written, the rest being done. With --fail-on: 66 when findings are
// gated, else 3 when a process did not get to report. Throws report::user_error for a bad input file.
int write_report(const report_options& o);

struct baseline_options {
  std::vector<std::string> inputs;
  std::string output;
  std::string issue, owner, expires;
};

int update_baseline(const baseline_options& o);

}  // namespace gosan::cli
