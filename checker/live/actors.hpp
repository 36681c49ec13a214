// Who is who: what the events told of each goroutine and attached thread, by its serial number.
//
// An entry is written by the thread that acts for the actor (the runtime orders these) and read by anybody who writes a
// report: single words, relaxed; a report may be a moment old but never torn. What a goroutine does at this moment is not
// written down at all: its control block says so to whoever asks, and an entry is not touched between its birth and the end of
// its memory. Of a thread nobody else keeps the books, nor of a goroutine's wait that blocks the thread it runs on.
//
//   state      who sets it             means
//   unseen     -                       no event yet
//   created    its creator             not yet run; of a goroutine: look into its control block
//   active     itself                  a thread: runs
//   waiting    itself, at park         in its thread_wait, a goroutine together with its thread
//   blocking   itself                  inside blocking()
//   ended      itself                  a thread: its body is over
#pragma once

#include <atomic>

#include "events/event.hpp"
#include "events/snapshot.hpp"
#include "live/live.hpp"

namespace gosan::rt {
struct goroutine;
}

namespace gosan::live {

enum class actor_state : std::uint8_t { unseen, created, active, waiting, blocking, ended };

// Half a line of the cache, since one is written for every goroutine.
struct alignas(32) actor {
  std::atomic<const rt::goroutine*> block;  // null for a thread; type-stable, and another's when its id is another
  std::atomic<events::actor_id> creator;
  std::atomic<events::text_id> name;
  std::atomic<events::stack_id> created_at;
  std::atomic<std::uint32_t> scope;  // its number among the scopes; 0 for none
  std::atomic<actor_state> state;
  std::atomic<bool> thread;
};
static_assert(sizeof(actor) == 32);

// The wait that blocks a thread; of an actor that had one.
struct thread_wait {
  std::atomic<events::object_id> on;
  std::atomic<events::stack_id> at;
  std::atomic<std::uint32_t> begun;  // so far: the same number at two looks means the same wait
  std::atomic<events::wait_reason> why;
};

// What an actor does, as far as one look can tell.
struct activity {
  actor_state state = actor_state::unseen;
  events::wait_reason why{};
  events::object_id waits_on = 0;
  std::uint32_t wait = 0;  // the same at two looks means the same wait, or two within a tick of the runtime's clock
};

// Of a goroutine that runs or waits.
events::stack_range stack_of(const rt::goroutine& g) noexcept;

namespace actors {
activity activity_of(events::actor_id g) noexcept;
void set_block(events::actor_id g, const rt::goroutine* block) noexcept;
// go_create and go_end without an event.
void created(events::actor_id by, const rt::goroutine& g, events::text_id name, events::stack_id at) noexcept;
void ended(events::actor_id g) noexcept;
void on_event(const events::event& e) noexcept;
// Null for an id never seen.
const actor* find(events::actor_id g) noexcept;
// The scope (a test) the actor belongs to, 0 for none.
events::object_id scope_of(events::actor_id g) noexcept;
// Where g parked, while it is parked; otherwise 0.
events::stack_id parked_at(events::actor_id g) noexcept;
std::string scope_name(events::object_id scope);
std::string state_text(events::actor_id g);
std::uint64_t seen() noexcept;  // actors so far
// The actor whose code runs on this thread; 0 for a thread nothing is known of, and on a worker between two goroutines.
events::actor_id running_here() noexcept;
void set_running_here(events::actor_id g) noexcept;
}  // namespace actors

}  // namespace gosan::live
