// Goroutines that are left over, from a picture of all of them.
#pragma once

#include "events/snapshot.hpp"
#include "sync/environment.hpp"
#include "sync/objects.hpp"

namespace gosan::sync {

// Whether a goroutine that would count as a leak can still end without anybody waking it: it runs, is runnable or sleeps.
bool may_end_by_itself(const events::goroutine_view& g);

// One finding of grade "alive" per group of alike goroutines that have not ended: all but the main goroutine, daemons, OS
// threads and actors for which `skip` is true.
void report_alive(const events::snapshot& s, const object_table& objects, environment& env);

// All goroutines are asleep: one finding with every goroutine as a party, the main one first.
void report_all_asleep(const events::snapshot& s, const object_table& objects, environment& env);

// "chan send on channel #3 (capacity 0, elements of 8 bytes)"
std::string waiting_text(const events::goroutine_view& g, const object_table& objects);

}  // namespace gosan::sync
