// Which locks a function only takes back: it has given them up before, as who calls it holds them.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

// Sets `retaken` of the lock effects in `of` that come after an unlock of the same place wherever they stand in the body.
void mark_retaken(const flow& f, unit& u, std::vector<effect>& of);

}  // namespace gosan::checks
