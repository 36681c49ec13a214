// The finding for an exception that left a goroutine.
#pragma once

#include <span>
#include <string_view>

#include "sync/environment.hpp"

namespace gosan::sync {

// `what` is the text the program ended with.
finding panic_finding(events::actor_id g, events::stack_id thrown_at, std::string_view what, environment& env);

// Whether one of the findings is of a misuse by g: its panic is the consequence and no finding of its own.
bool tells_misuse_by(events::actor_id g, std::span<const finding> findings);

}  // namespace gosan::sync
