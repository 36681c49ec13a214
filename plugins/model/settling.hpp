// Goroutines of which an atomic tells which one goes on.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

// Whether what the body does on some atomic tells it whether to go on: of all who do it only the first, or the last, does.
bool settles_by_atomics(const clang::FunctionDecl* f, unit& u, int depth = 0);

}  // namespace gosan::checks
