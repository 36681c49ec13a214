// Rings in the wait-for graph that lead through a lock of the operating system's threads: found without stopping anybody.
//
// Each member waits for a lock that the next one holds, or for the thread that is the next one to end. A wait that has the same number at two looks has lasted all the time
// between, and who waits neither takes nor gives up a lock; so a ring whose members' waits are the same at both looks was
// there at one moment, and for ever. A wait with a time limit is never told of, so it is in no ring.
#pragma once

#include "events/event.hpp"
#include "live/internal_alloc.hpp"

namespace gosan::live {

// Reports the rings seen at this look and at the one before, and ends the program when nothing else can happen in it. Returns who
// is in one. One thread only calls it.
iset<events::actor_id> look_for_rings();

}  // namespace gosan::live
