// What gosan run does, for a program that runs without it: reports and the gate as GOSAN_OPTIONS say.
#pragma once

#include <string>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::gate {

// Adds symbols, judges, writes the reports of the option `report` (text on standard error when empty). Returns whether
// findings gate. A bad option value or an unwritable report is one line on standard error; the findings then go there as
// text, and findings that could not be judged gate. REQUIRES: what runtime/symbolize requires.
// `not_checked`: sentences for the footer.
bool report_at_exit(std::vector<finding> findings, std::vector<std::string> not_checked) noexcept;

// What of `findings` gates by the options; the others are removed. Adds symbols. Without outputs and notes, for a test's share of
// them. Throws report::user_error when an option's value or file is bad.
bool gates_by_options(std::vector<finding>& findings);

}  // namespace gosan::gate
