// Calls whose result nobody takes.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

// Those of functions that are known by name, which are statements: what they return is thrown away.
std::vector<const clang::CallExpr*> calls_thrown_away(unit& u);

}  // namespace gosan::checks
