// What a branch tells of a select: behind `switch (select(...))` and `if (select(...) == n)` it is known which case was taken.
#pragma once

#include "model/flow.hpp"

namespace gosan::checks {

// By the number of the edge out of b, the operation that was done when it is taken.
std::map<unsigned, std::vector<step>> cases_taken(const clang::CFGBlock& b, unit& u);

}  // namespace gosan::checks
