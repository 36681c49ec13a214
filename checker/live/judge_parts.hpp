// What judge.cpp and waited_for.cpp have in common.
#pragma once

#include "live/world.hpp"
#include "sync/alive.hpp"

namespace gosan::live {

// A proof by the detectors of this process; see prove().
proven prove_now(events::object_id scope = 0);
// The same; when none can be made, at least a picture.
proven prove_or_look(events::object_id scope = 0);

// Reports who of the dead is in a ring, alone or with others, and adds them to known.judged.
void report_rings(const proven& p, sync::verdicts& known);

// With a scope in `known`: goroutines of others are judged at the end of theirs.
void pass_over_others(const events::snapshot& s, sync::verdicts& known);

}  // namespace gosan::live
