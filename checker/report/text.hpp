// Findings for a person at a terminal.
#pragma once

#include <span>
#include <string>

#include "report/document.hpp"

namespace gosan::report {

// Every finding in full, then one line that counts them by kind; the empty string when there are none.
std::string render_text(std::span<const finding> findings, bool colours = false);

// The same for a judged report: what is known or suppressed is counted, not told; the gate's notes follow.
std::string render_text(const document& d, bool colours = false);

// "2 findings: 1 data-race, 1 goroutine-leak"
std::string summary_of(std::span<const finding> findings);

}  // namespace gosan::report
