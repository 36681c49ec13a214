// Findings for a person at a terminal.
#pragma once

#include <span>
#include <string>

#include "gosan/finding.hpp"

namespace gosan::report {

// Every finding in full, then one line that counts them by kind; the empty string when there are none.
std::string render_text(std::span<const finding> findings, bool colours = false);

// "2 findings: 1 data-race, 1 goroutine-leak"
std::string summary_of(std::span<const finding> findings);

}  // namespace gosan::report
