#pragma once

#include <string_view>
#include <vector>

#include "sync/alive.hpp"

namespace gosan::live {

// Lets goroutines settle for at most `grace_ms`, then judges those that are left: deadlocked ones are reported, the leaks returned.
// `known` says who is passed over. Blocks; stops the world for a moment.
std::vector<finding> judge_now(std::uint64_t grace_ms, sync::verdicts known, std::string_view moment);

// Reports the goroutines that nobody can wake at this moment, deadlocked ones as rings; `known` says who is passed over. Returns
// who is in a finding. Stops the world for a moment.
live::iset<events::actor_id> report_proven(sync::verdicts known, std::string_view moment);

// The same when the main goroutine is among them, which then is in a finding too unless it waits for nothing on purpose; otherwise
// nothing. `nothing_left` becomes true when no goroutine is left that can run, and nobody else either.
live::iset<events::actor_id> report_if_main_is_dead(sync::verdicts known, bool& nothing_left);

// The same as report_proven() for the last look of all: the main goroutine is not passed over either.
void report_before_the_end(sync::verdicts known, std::string_view moment);

// For a test runner that waits for the test of goroutine `g`. Empty while g may still go on; else g is dead: that is proven, or everybody
// but the caller waits for somebody and nothing from outside can come. Then it is reported, with those of its scope that are dead
// too, and the ids of all these are returned. Stops the world for a moment. REQUIRES: the caller has no timer armed.
std::vector<events::actor_id> judge_waited_for(events::actor_id g);

// The scope had its leak check: the end of main passes over what is left of it, reported or meant.
void scope_was_verified(events::object_id scope);
// The goroutines alive that belong to such a scope.
live::iset<events::actor_id> left_of_verified_scopes();

}  // namespace gosan::live
