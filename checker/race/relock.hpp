// An actor that takes a lock again before anybody else has taken it: as far as others can tell, it had it all the time. Of its epochs since
// the section before, others can learn through this lock alone, and nobody does while the actor has the lock. So what it accesses now is
// recorded as if in the first of them, like all that it accessed then: a location it comes by again needs no new entry, its cache line
// stays with all who read it, and many locations have one state. What it releases is still the epoch it is in.
//
// The locks it holds are those it held then: another one taken or left, other than in pairs, would have changed the phase.
//
// One gap is left: when another unlocks a lock for reading in its place and a writer takes it, what the actor goes on to access again is
// seen only where the writer has been; generated code does not ask. (Nobody else may unlock a std::shared_mutex.)
//
//   latest_lock::phase  meaning                                        entered by
//   nothing             as at the start                                epoch_ends() when gone: another release may have told the same
//   held                it has the lock, by a taking of the usual sort  taken(); epoch_ends() when back, for the same reason
//   gone                it has left the lock, and released since        left()
//                       nothing but that
//   back                it has it again; nobody has had it in between   again()
#pragma once

#include "events/event.hpp"
#include "race/actors.hpp"
#include "race/objects.hpp"

namespace gosan::race::relock {

// g has taken the lock. True: it is back, and there is nothing to acquire. Without the object's lock: while an actor has a lock, nobody else
// changes what is asked here.
bool again(const events::event& e, object_state& o, actor_state& g) noexcept;

// The same where that was not so, under the object's lock: g takes over what was released before.
void taken(const events::event& e, object_state& o, actor_state& g) noexcept;
// Whether g, which is back, leaves the lock and has learned nothing since it left it before, and nobody else has left it in write mode since: of
// what it leaves only the epoch is new. Also without the object's lock, for a reader: no writer leaves meanwhile.
bool leaves_as_before(const events::event& e, const object_state& o, const actor_state& g) noexcept;
struct moment {
  epoch when;
  std::uint8_t taken;  // locks taken in that epoch
};
// g gives the lock up: `first` is now() from before the release, which has ended its epoch.
void left(const events::event& e, object_state& o, actor_state& g, moment first) noexcept;

// When the accesses of g count as made, as generated code knows it, which does not see that somebody else has unlocked what g took. The epochs
// from there to that g is in are as good: nobody can have learned any of them, and what g accesses now comes after what it accessed in them.
inline moment as_shown(const actor_state& g) noexcept {
  if (g.latest.at == latest_lock::phase::back) return {g.latest.since, g.latest.taken};
  return {g.now, g.taken};
}
// Whether one who is back may have lost the lock to another meanwhile.
bool lost(const actor_state& g) noexcept;
void note_lost(actor_state& g) noexcept;
// The same as as_shown(), with a look at that.
[[gnu::always_inline]] inline moment now(actor_state& g) noexcept {
  if (g.latest.at == latest_lock::phase::back && lost(g)) [[unlikely]] note_lost(g);
  return as_shown(g);
}

void epoch_ends(actor_state& g) noexcept;

}  // namespace gosan::race::relock
