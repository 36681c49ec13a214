// Locks that say by a number whether they were taken: `if (pthread_mutex_lock(&m)) return error;` leaves with nothing locked.
#pragma once

#include "model/flow.hpp"

namespace gosan::checks {

// Of a block that ends with a test of such a number: the edge on which it is not zero, and the end of the lock there.
std::optional<std::pair<unsigned, step>> refused_lock(const clang::CFGBlock& b, const flow& f, unit& u);

}  // namespace gosan::checks
