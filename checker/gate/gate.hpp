// The decision between exit status 0 and 66.
#pragma once

#include "gate/fail_on.hpp"
#include "report/document.hpp"

namespace gosan::gate {

struct rules {
  fail_on fails;
};

// Gives every finding its standing, adds notes to the report, and returns how many findings make the gate fail.
std::size_t judge(report::document& d, const rules& r);

}  // namespace gosan::gate
