// Uses of channels that a path has already closed.
#pragma once

#include <functional>

#include "model/check.hpp"

namespace gosan::checks {

// f(step, channel, the first close), for every send and close of the unit that comes, on some path, after a close of the same
// channel by the same body, itself or by what it calls.
void each_use_when_closed(unit& u, const std::function<void(const step&, const place&, const clang::Stmt*)>& f);

}  // namespace gosan::checks
