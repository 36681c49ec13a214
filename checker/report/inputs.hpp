// Reports read back from files.
#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"

namespace gosan::report {

// A JSON report or a result file, whichever it is; symbols and fingerprints that are missing are added. Throws user_error
// that names the file and what is wrong with it.
document read_report(const std::string& path);

// All of them as one, alike findings folded. Lines of a result file that cannot be read go to `faults`, "'file': what is wrong", and
// the others are used all the same.
document merge(const std::vector<std::string>& paths, std::vector<std::string>& faults);

}  // namespace gosan::report
