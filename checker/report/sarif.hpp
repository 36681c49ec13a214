// Findings as SARIF 2.1.0, for code scanning services and editors.
#pragma once

#include <string>

#include "report/document.hpp"

namespace gosan::report {

// One run; a rule per kind; a result per finding with a code flow that has a thread flow per party, outermost frame first,
// the creation of the goroutine before it. Files below `root` become relative to %SRCROOT%; an empty root means none.
std::string render_sarif(const document& d, const std::string& root);

}  // namespace gosan::report
