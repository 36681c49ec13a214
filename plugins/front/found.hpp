// A diagnosis as a finding: the same data that the detectors give at run time, for every report and
// for the gate.
#pragma once

#include "gosan/finding.hpp"
#include "model/check.hpp"
#include "report/document.hpp"

namespace gosan::checks {

// The place of the diagnosis comes first, then those of its notes, each with the function it lies
// in; fingerprint filled.
finding finding_of(const diagnosis& d, const check_info& c, unit& u);

// What a report tells of a check.
report::rule rule_of(const check_info& c);

}  // namespace gosan::checks
