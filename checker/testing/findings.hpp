// The findings of one test among all of the program.
#pragma once

#include <string>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::testing {

// In the order in which they were found.
std::vector<finding> found_in(const std::string& scope);
// What came since `before` was taken, of a scope that an earlier repetition had too: an alike one is counted there, not added.
std::vector<finding> fresh_in(const std::string& scope, const std::vector<finding>& before);
// Whether some of them fail a run, as the options of the gate say; leaves these in the list. Adds symbols.
bool gates(std::vector<finding>& list);
// As in a report on a terminal, without colours.
std::string text_of(std::vector<finding> list);
// Of tests that were over when they arose. Call when all tests are.
std::vector<finding> late_findings();

}  // namespace gosan::testing
