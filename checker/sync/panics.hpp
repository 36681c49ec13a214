// The finding for an exception that left a goroutine.
#pragma once

#include <string_view>

#include "sync/environment.hpp"

namespace gosan::sync {

// `what` is the text the program ended with.
finding panic_finding(events::actor_id g, events::stack_id thrown_at, std::string_view what, environment& env);

}  // namespace gosan::sync
