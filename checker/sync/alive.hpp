// Goroutines that are left over, from a picture of all of them.
#pragma once

#include "events/snapshot.hpp"
#include "sync/environment.hpp"
#include "sync/locks.hpp"
#include "sync/objects.hpp"

namespace gosan::sync {

// Whether a goroutine that would count as a leak can still end without anybody waking it: it runs, is runnable or sleeps.
bool may_end_by_itself(const events::goroutine_view& g);

// One wait of one goroutine, as long as it lasts.
std::uint64_t wait_key(const events::snapshot& s, const events::goroutine_view& g) noexcept;
// Whether it waits for somebody else, not for the time or a descriptor.
bool is_for_somebody(events::wait_reason why) noexcept;
bool waits_for_somebody(const events::goroutine_view& g) noexcept;

// What else is known when the goroutines left over are judged.
struct verdicts {
  std::vector<std::size_t> dead;         // places in the picture of those that nobody can wake, in order
  live::iset<events::actor_id> judged;   // in a finding already
  events::object_id scope = 0;           // only those of this scope, 0 = all
  bool proven_only = false;
  bool main_too = false;                 // also the main goroutine, when it is dead and nothing says that it is meant to be
  const events::snapshot* picture = nullptr;  // set: the holder of a lock that is waited for is a party
  std::uint64_t stuck_ns = 0;            // only those that wait for somebody for at least so long, with grade "stuck"; 0 = all
  live::iset<std::uint64_t> told_waits;  // wait_key() of those reported as stuck: no longer reported unless they are dead
  std::string moment = "when main has returned";
};

// The findings for goroutines that have not ended: all but the main goroutine, daemons, OS threads and those judged already. Alike ones
// are one finding with a count. Grade "proven" for the dead, "alive" for the others.
std::vector<finding> leaks_in(const events::snapshot& s, const object_table& objects, environment& env, const verdicts& known,
                              const lock_detector* locks = nullptr);

// All goroutines are asleep: one finding with every goroutine as a party, the main one first.
void report_all_asleep(const events::snapshot& s, const object_table& objects, environment& env, const lock_detector* locks = nullptr);
// The same for some of them, with a message of its own.
void report_asleep(std::vector<const events::goroutine_view*> who, std::string message, const object_table& objects, environment& env,
                   const lock_detector* locks);

// Dead goroutines that wait for one another: each ring in `waits_for` (places of the picture) is one finding, with those who wait
// behind it. Adds them to `judged`.
void report_partial_deadlocks(const events::snapshot& s, const std::vector<std::pair<std::size_t, std::size_t>>& waits_for,
                              const object_table& objects, const lock_detector& locks, environment& env, live::iset<events::actor_id>& judged);

// The party of a goroutine as the picture shows it, with what it holds.
party party_for(const events::goroutine_view& g, const object_table& objects, environment& env, const lock_detector* locks);

// "chan send on channel #3 (capacity 0, elements of 8 bytes)"
std::string waiting_text(const events::goroutine_view& g, const object_table& objects);

}  // namespace gosan::sync
