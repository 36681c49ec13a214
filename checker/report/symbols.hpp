// Function names, files and lines for the frames of findings.
#pragma once

#include <span>

#include "gosan/finding.hpp"

namespace gosan::report {

// Replaces each frame that has a module but no function by what symbolize finds there, inlined frames first, and fills
// fingerprints that are missing. One symbolizer process for all findings. REQUIRES: what runtime/symbolize requires.
void add_symbols(std::span<finding> findings);

}  // namespace gosan::report
