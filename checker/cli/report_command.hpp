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
  gate_options gate;
};

// Returns 0, or 66 when --fail-on was given and findings are gated. Throws report::user_error for a bad input file.
int write_report(const report_options& o);

struct baseline_options {
  std::vector<std::string> inputs;
  std::string output;
  std::string issue, owner, expires;
};

int update_baseline(const baseline_options& o);

}  // namespace gosan::cli
