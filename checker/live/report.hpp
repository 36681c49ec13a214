// Findings on their way out: alike ones are folded, new ones written at once.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::live::findings {

std::uint64_t count() noexcept;  // different ones so far
// A copy of all, with their counts: for the text at exit, and for leaks() and tests.
std::vector<finding> all();
// Those with a count above one, as (number in order of writing, count).
std::vector<std::pair<std::uint64_t, std::uint64_t>> repeated();
// Findings of the kind that arise in the scope from now on are meant: they are dropped.
void meant_in_scope(std::uint64_t scope, finding_kind kind);
// Finding made from now on belong to the result file; false when it could not be opened.
bool open(const char* path);

}  // namespace gosan::live::findings
