// Actors as the race detector sees them, found by their id, and which one runs on this thread.
//
// An actor's state is changed by the thread it runs on, or, while it is parked, by whoever completes its operation; the
// runtime orders these. The thread keeps a copy of the running actor's epoch and call stack in __gosan_thread.
#pragma once

#include "events/event.hpp"
#include "events/snapshot.hpp"
#include "race/clock.hpp"
#include "race/shadow_layout.hpp"

namespace gosan::race {

struct object_state;

// The lock an actor took last: relock.hpp.
struct latest_lock {
  enum class phase : std::uint8_t { nothing, held, gone, back };
  events::object_id id = 0;
  object_state* object = nullptr;
  epoch since = 0;         // gone, back: of its epochs from this one on others can know through the lock alone
  std::uint8_t taken = 0;  // gone, back: locks it had taken in that epoch
  std::uint32_t writers_before = 0, readers_before = 0;  // gone, back: who had taken it by then
  std::uint32_t past_version = 0;  // gone, back: the actor's, when it left
  epoch carried_by = 0;            // gone, back: the object's, when it had left
  phase at = phase::nothing;
  bool reads = false;
};

struct inheritance;  // actors.cpp

struct actor_state {
  events::actor_id id = 0;
  epoch now = 0;
  clock past;                      // without its own component, which is `now`
  std::uint32_t past_version = 0;  // raised whenever the past has grown: knowledge.hpp
  frame_entry* calls = nullptr;    // the shadow call stack, made at the first call
  std::uint32_t depth = 0, room = 0;  // depth is current while the actor does not run
  std::uint32_t ignore = 0;           // likewise
  std::uint8_t taken = 0;             // locks taken in this epoch, up to most_taken
  latest_lock latest;
  events::stack_range stack;          // known from its first call on
  clock* at_fence = nullptr;       // what a release fence left for later relaxed stores
  clock* to_acquire = nullptr;     // what relaxed loads have read, for a later acquire fence
  inheritance* leaves = nullptr;   // what it last gave to actors it created
  std::uint64_t heirs = 0;         // to so many
};
static_assert(sizeof(actor_state) <= 256, "the next size of block is 512");

// Whether anybody is there to race with.
//
//   company   entered when                                     accesses
//   nobody    at the start
//   alone     the first actor is seen                          are not recorded: every later actor begins by an order from this
//                                                              one, and knows them all
//   several   another actor is seen, or one is prepared that   are recorded
//             will know only part (a timer armed)
//
// A thread made behind the interceptors' back begins by no order: what was accessed before it is first seen counts as known to it.
enum class company : std::uint8_t { nobody, alone, several };

namespace actors {
bool alone() noexcept;
void no_longer_alone() noexcept;

// The state of g, made at the first use.
actor_state& of(events::actor_id g) noexcept;
actor_state* find(events::actor_id g) noexcept;
// The same; one that has not done anything yet gets its state.
actor_state* find_heir(events::actor_id g) noexcept;
// The actor a number was given to. 0 for none.
events::actor_id id_of(actor_number n) noexcept;
// The actor whose stack contains the address; 0 when that is not known. Looks at all actors.
events::actor_id owner_of_stack(std::uintptr_t address) noexcept;
// Ends a goroutine: nobody joins it, its state is given back.
void end(events::actor_id g) noexcept;

// The actor running on this thread. One that is not known yet is attached.
actor_state& attach_running() noexcept;
inline actor_state& running() noexcept { return __gosan_thread.actor ? *__gosan_thread.actor : attach_running(); }
void set_running(actor_state* a) noexcept;

// Everything a did so far becomes known to whoever gets the result; a goes on in a new epoch.
// `into` := what a knows now.
void release(actor_state& a, clock& into) noexcept;
// `into` := its least upper bound with what a knows now.
void release_merge(actor_state& a, clock& into) noexcept;
void acquire(actor_state& a, const clock& from) noexcept;
// The same of one epoch whose actor's past a knows already.
void acquire(actor_state& a, epoch left) noexcept;
// a goes on in a new epoch: the one it was in is handed on by the caller.
void next_epoch(actor_state& a) noexcept;
// release() into a clock that got all of a's past by an earlier one, and nothing from others since.
void release_again(actor_state& a, clock& into) noexcept;
// What `parent` did so far becomes known to `child`, whose state is made when it first does something.
void fork(actor_state& parent, events::actor_id child) noexcept;
// Both with the slot of a buffer: it gets what a knows now, and a what was in it.
void swap(actor_state& a, clock& slot) noexcept;
// What generated code compares with becomes the epoch that a's accesses have; nothing when a does not run here.
void show_epoch(const actor_state& a) noexcept;
bool knows(const actor_state& a, epoch e) noexcept;

// Room for one more call on the running actor's shadow call stack.
void grow_calls() noexcept;
}  // namespace actors

}  // namespace gosan::race
