// Who is who: what the events told of each goroutine and attached thread, by its serial number.
//
// An entry is written by the thread that acts for the actor (the runtime orders these) and read by anybody who writes a
// report: single words, relaxed; a report may be a moment old but never torn.
//
//   state      who sets it             means
//   unseen     -                       no event yet
//   created    its creator             not yet run
//   active     itself                  runs or is runnable
//   waiting    itself, at park         waits for `waits_on`, or has been made ready and has not run since
//   blocking   itself                  inside blocking()
//   ended      itself                  its body is over
#pragma once

#include <atomic>

#include "events/event.hpp"
#include "live/live.hpp"

namespace gosan::live {

enum class actor_state : std::uint8_t { unseen, created, active, waiting, blocking, ended };

struct actor {
  std::atomic<events::actor_id> creator;
  std::atomic<events::object_id> waits_on;
  std::atomic<events::text_id> name;
  std::atomic<events::stack_id> created_at;
  std::atomic<events::stack_id> waits_at;
  std::atomic<events::object_id> scope;
  std::atomic<actor_state> state;
  std::atomic<events::wait_reason> why;
  std::atomic<bool> daemon, thread;
  std::atomic<std::uint32_t> waits;  // begun so far: the same number at two looks means the same wait
};

namespace actors {
void on_event(const events::event& e) noexcept;
// Null for an id never seen.
const actor* find(events::actor_id g) noexcept;
// The scope (a test) the actor belongs to, 0 for none.
events::object_id scope_of(events::actor_id g) noexcept;
// Where g parked, while it is parked; otherwise 0.
events::stack_id parked_at(events::actor_id g) noexcept;
std::string scope_name(events::object_id scope);
std::string state_text(const actor& a);
std::uint64_t seen() noexcept;  // actors so far
// The actor whose code runs on this thread, by the last event that told; 0 for a thread nothing is known of. A worker keeps
// its last one while it schedules.
events::actor_id running_here() noexcept;
void set_running_here(events::actor_id g) noexcept;
}  // namespace actors

}  // namespace gosan::live
