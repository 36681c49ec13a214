// The decision between exit status 0 and 66.
#pragma once

#include <optional>
#include <string>

#include "gate/baseline.hpp"
#include "gate/fail_on.hpp"
#include "gate/suppressions.hpp"
#include "report/document.hpp"

namespace gosan::gate {

struct rules {
  fail_on fails;
  std::optional<baseline> known;
  std::optional<suppressions> suppressed;
  std::string today = gate::today();  // for the expiry of baseline entries
};

// From the words and paths a user gives; empty ones stand for the default or none. Throws report::user_error.
rules make_rules(const std::string& fail_on, const std::string& baseline, const std::string& suppressions);

// Gives every finding its standing, adds notes to the report (entries of the baseline that expired or were not found, lines
// of suppressions that were not used), and returns how many findings make the gate fail.
std::size_t judge(report::document& d, rules& r);

}  // namespace gosan::gate
