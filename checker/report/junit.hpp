// Findings as JUnit XML, which every CI server shows.
#pragma once

#include <string>

#include "report/document.hpp"

namespace gosan::report {

// One suite; a failed test case per finding, a skipped one for what the gate knows or suppresses; one passed case when
// there is nothing, since an empty suite counts as an error with many servers.
std::string render_junit(const document& d);

}  // namespace gosan::report
