#include "race/relock.hpp"

namespace gosan::race::relock {
namespace {

using enum latest_lock::phase;

bool reads(const events::event& e) noexcept { return events::mode_of(e) == events::lock_mode::read; }

// The one place where a phase changes.
void enter(actor_state& g, latest_lock::phase p) noexcept {
  g.latest.at = p;
  actors::show_epoch(g);
}

bool is_of(const latest_lock& l, const events::event& e) noexcept { return l.id == e.obj && l.reads == reads(e); }

// Relaxed: the program's own lock orders a taking before what its holder asks; where somebody else unlocked it, the taker has not told
// anything of it yet. [RELOCK] A reader takes nothing from other readers, nor they from him.
bool taken_over(const latest_lock& l, const object_state& o) noexcept {
  return l.writers_before != o.writers.load(std::memory_order_relaxed) ||
         (!l.reads && l.readers_before != o.readers_in.load(std::memory_order_relaxed));
}

// What a thread has noted of its locks goes after some 2000 notes, of which a section makes two (lock_history.cpp). Reports tell the locks by
// the epoch of an access: it must not lie that far back. With a new number of the actor the difference is larger than any.
constexpr epoch sections_at_most = 512;
bool is_recent(const actor_state& g) noexcept { return g.now - g.latest.since <= sections_at_most; }

void count(std::atomic<std::uint32_t>& n) noexcept { n.store(n.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }  // [RELOCK]

}  // namespace

bool again(const events::event& e, object_state& o, actor_state& g) noexcept {
  latest_lock& l = g.latest;
  if (l.at != gone || !is_of(l, e) || taken_over(l, o) || !is_recent(g) || actors::alone()) return false;
  l.object = &o;
  enter(g, back);
  return true;
}

void taken(const events::event& e, object_state& o, actor_state& g) noexcept {
  count(reads(e) ? o.readers_in : o.writers);
  g.latest.id = e.obj;
  g.latest.reads = reads(e);
  enter(g, held);
}

bool leaves_as_before(const events::event& e, const object_state& o, const actor_state& g) noexcept {
  const latest_lock& l = g.latest;
  return l.at == back && is_of(l, e) && l.past_version == g.past_version && l.carried_by == o.carried_by.load(std::memory_order_relaxed);
}

void left(const events::event& e, object_state& o, actor_state& g, moment first) noexcept {
  latest_lock& l = g.latest;
  if (l.at != held || !is_of(l, e)) return;
  l.since = first.when;
  l.taken = first.taken;
  l.writers_before = o.writers.load(std::memory_order_relaxed);
  l.readers_before = o.readers_in.load(std::memory_order_relaxed);
  l.past_version = g.past_version;
  l.carried_by = o.carried_by.load(std::memory_order_relaxed);
  enter(g, gone);
}

// Somebody else may have unlocked it, and another taken it; an object that is gone leaves its memory to another, or nobody.
bool lost(const actor_state& g) noexcept { return taken_over(g.latest, *g.latest.object); }
void note_lost(actor_state& g) noexcept { enter(g, held); }

void epoch_ends(actor_state& g) noexcept {
  if (g.latest.at == gone) enter(g, nothing);
  if (g.latest.at == back) enter(g, held);
}

}  // namespace gosan::race::relock
