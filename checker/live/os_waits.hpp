// Who waits for a lock of the operating system's threads, or to join one: such a wait stops the thread, so the scheduler knows
// nothing of it. The interceptors tell of it by a park with the reason thread_lock or thread_wait, and by a run when it is over; here it becomes part of the
// wait-for graph.
#pragma once

#include "events/snapshot.hpp"
#include "live/internal_alloc.hpp"

namespace gosan::live::os_waits {

// Of the actor table, fed before. Only a wait that found the lock taken comes here.
void on_park(events::actor_id g) noexcept;
void on_run(events::actor_id g) noexcept;
bool any() noexcept;
ivector<events::actor_id> all() noexcept;

// Turns the goroutines of the picture that are in such a wait from running into waiting. Allocates nothing.
void show_in(events::snapshot& s) noexcept;

}  // namespace gosan::live::os_waits
