#include "sync/locks.hpp"

#include <algorithm>
#include <cstring>

namespace gosan::sync {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
using events::lock_mode;

lock_mode mode_of(const events::event& e) noexcept { return static_cast<lock_mode>(e.a); }

}  // namespace

void lock_detector::on_event(const events::event& e, bool judge_orders) {
  switch (e.what) {
    using enum events::kind;
    case lock_acquire:
      acquire(e, judge_orders);
      if (judge_orders && !(e.flags & events::flag_try)) channels_.on_lock(e);
      return;
    case lock_release: return release(e);
    case park: {
      const object_kind k = object_table::kind_of(static_cast<events::wait_reason>(e.a));
      if (k == object_kind::channel && judge_orders) return note_channel_wait(e);
      if ((k == object_kind::lock || k == object_kind::shared_lock) && holds(e.g, e.obj)) suspicion_.store(true, relaxed);
      return;
    }
    case obj_destroy: forget(e.obj); break;
    case go_end:
    case thread_end: end_actor(e.g); break;
    default: break;
  }
  if (!judge_orders) return;
  clocks_.on_event(e);
  channels_.on_channel(e);
}

// A select may take another case, so it tells nothing.
void lock_detector::note_channel_wait(const events::event& e) {
  const auto why = static_cast<events::wait_reason>(e.a);
  actor_locks* a = actors_.find(e.g);
  if (!a || !a->count || (why != events::wait_reason::chan_send && why != events::wait_reason::chan_recv)) return;
  prune(*a, e.g);
  live::ivector<channel_locks::lock_held> held;
  for (std::uint32_t i = 0; i < a->count; ++i)
    if (!is_signal(a->list[i].lock)) held.push_back({a->list[i].lock, a->list[i].mode, {a->list[i].pcs, a->list[i].frames}});
  if (!held.empty()) channels_.on_wait(e, held);
}

void lock_detector::acquire(const events::event& e, bool judge_orders) {
  lock_state& l = locks_.at(e.obj);
  const lock_mode mode = mode_of(e);
  if (mode == lock_mode::write) {
    l.owner.store(e.g, relaxed);
    if (l.writer_ever.load(relaxed) != e.g) l.writer_ever.store(e.g, relaxed);
  } else {
    l.readers.fetch_add(1, relaxed);
  }
  actor_locks& a = actors_.at(e.g);
  if (!a.list) a.list = a.first, a.capacity = std::size(a.first);
  if (a.count) prune(a, e.g);
  if (a.count && mode == lock_mode::read)
    if (const held* before = find_held(a, e.obj)) note_recursion(e, *before);
  if (a.count && judge_orders && !(e.flags & events::flag_try)) note_order(a, e);
  held& h = push(a);
  h.lock = e.obj;
  h.mode = mode;
  h.serial = ++a.taken;
  h.by_try = (e.flags & events::flag_try) != 0;
  h.frames = static_cast<std::uint8_t>(env_.walk(h.pcs));
}

void lock_detector::release(const events::event& e) {
  lock_state& l = locks_.at(e.obj);
  actor_locks& a = actors_.at(e.g);
  held* mine = a.count ? find_held(a, e.obj) : nullptr;
  if (mode_of(e) == lock_mode::write) {
    if (l.owner.load(relaxed) != e.g) l.signal.store(true, relaxed), channels_.on_signal(e.obj);
    l.owner.store(0, relaxed);
  } else {
    if (!mine) l.signal.store(true, relaxed), channels_.on_signal(e.obj);
    l.readers.fetch_sub(1, relaxed);
  }
  if (!mine) return;
  std::memmove(static_cast<void*>(mine), mine + 1, sizeof(held) * static_cast<std::size_t>(a.list + a.count - (mine + 1)));
  --a.count;
}

// What others unlocked is still in the list: take it out.
void lock_detector::prune(actor_locks& a, events::actor_id g) {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < a.count; ++i) {
    const lock_state& l = locks_.at(a.list[i].lock);
    const bool gone = a.list[i].mode == lock_mode::write ? l.owner.load(relaxed) != g : l.readers.load(relaxed) == 0;
    if (gone) continue;
    if (kept != i) a.list[kept] = a.list[i];
    ++kept;
  }
  a.count = kept;
}

lock_detector::held& lock_detector::push(actor_locks& a) {
  if (a.count == a.capacity) {
    auto* longer = static_cast<held*>(live::internal_alloc(sizeof(held) * a.capacity * 2));
    std::memcpy(static_cast<void*>(longer), a.list, sizeof(held) * a.count);
    if (a.list != a.first) live::internal_free(a.list, sizeof(held) * a.capacity);
    a.list = longer;
    a.capacity *= 2;
  }
  return a.list[a.count++];
}

lock_detector::held* lock_detector::find_held(actor_locks& a, events::object_id lock) const noexcept {
  for (std::uint32_t i = a.count; i-- > 0;)
    if (a.list[i].lock == lock) return &a.list[i];
  return nullptr;
}

events::actor_id lock_detector::owner_of(events::object_id lock) const noexcept {
  const lock_state* l = locks_.find(lock);
  return l && !l->signal.load(relaxed) ? l->owner.load(relaxed) : 0;
}

bool lock_detector::is_signal(events::object_id lock) const noexcept {
  const lock_state* l = locks_.find(lock);
  return l && l->signal.load(relaxed);
}

std::uint32_t lock_detector::readers_of(events::object_id lock) const noexcept {
  const lock_state* l = locks_.find(lock);
  return l ? l->readers.load(relaxed) : 0;
}

bool lock_detector::holds(events::actor_id g, events::object_id lock) const noexcept {
  actor_locks* a = actors_.find(g);
  if (!a || !a->count) return false;
  const held* h = find_held(*a, lock);
  if (!h) return false;
  const lock_state* l = locks_.find(lock);
  return l && !l->signal.load(relaxed) && (h->mode == lock_mode::read ? l->readers.load(relaxed) > 0 : l->owner.load(relaxed) == g);
}

bool lock_detector::ended_holding(events::actor_id g) const noexcept {
  const actor_locks* a = actors_.find(g);
  return a && a->dead;
}

std::vector<held_lock> lock_detector::held_by(events::actor_id g) const {
  std::vector<held_lock> out;
  actor_locks* a = actors_.find(g);
  for (std::uint32_t i = 0; a && i < a->count; ++i) {
    const held& h = a->list[i];
    if (h.mode == lock_mode::write && locks_.at(h.lock).owner.load(relaxed) != g) continue;
    out.push_back({objects_.name(h.lock), h.mode == lock_mode::read, env_.frames_of(std::span(h.pcs, h.frames))});
  }
  return out;
}

void lock_detector::end_actor(events::actor_id g) {
  // What it still holds stays to be seen by those who wait for it; only a longer list is given back when it is empty.
  actor_locks* a = actors_.find(g);
  if (!a || !a->list) return;
  if (a->count) prune(*a, g);
  a->dead = true;
  if (a->count) return;
  if (a->list != a->first) live::internal_free(a->list, sizeof(held) * a->capacity);
  a->list = nullptr;
}

// A read lock taken twice: harmless until a writer comes between, which then waits for the first and holds back the second.
void lock_detector::note_recursion(const events::event& e, const held& before) {
  if (before.mode != lock_mode::read || (e.flags & events::flag_try)) return;
  const events::actor_id writer = locks_.at(e.obj).writer_ever.load(relaxed);
  if (!writer || writer == e.g) return;
  finding f;
  f.kind = finding_kind::double_lock;
  f.message = "goroutine " + std::to_string(e.g) + " takes the read lock of " + objects_.name(e.obj) +
              " twice: a writer that comes between makes both wait for ever";
  party& p = f.parties.emplace_back(env_.party_of(e.g));
  p.role = "takes the read lock again";
  p.stack = env_.frames_of(e.stack ? e.stack : env_.capture());
  p.locks.push_back({objects_.name(e.obj), true, env_.frames_of(std::span(before.pcs, before.frames))});
  party& w = f.parties.emplace_back(env_.party_of(writer));
  w.role = "has written under it";
  env_.report(std::move(f));
}

void lock_detector::judge_self_waits(const events::snapshot& s, live::iset<events::actor_id>& judged) {
  for (const events::goroutine_view& g : s.goroutines) {
    if (g.state != events::goroutine_state::waiting || !holds(g.id, g.waits_on)) continue;
    const object_kind k = object_table::kind_of(g.why);
    if (k != object_kind::lock && k != object_kind::shared_lock) continue;
    if (!judged.insert(g.id).second) continue;
    const held& before = *find_held(*actors_.find(g.id), g.waits_on);
    // A second read lock waits for the writer between, not for itself; it is part of a cycle all the same.
    const bool upgrade = before.mode == lock_mode::read && g.why == events::wait_reason::exclusive_lock;
    finding f;
    f.kind = finding_kind::double_lock;
    const std::string who = "goroutine " + std::to_string(g.id);
    f.message = upgrade ? who + " waits to write-lock " + objects_.name(g.waits_on) + ", which it has read-locked itself"
                        : who + " waits for " + objects_.name(g.waits_on) + ", which it holds itself";
    party& p = f.parties.emplace_back(env_.party_of(g.id));
    p.role = "locks again";
    p.goroutine = g.id;
    p.state = std::string(events::text(g.why));
    p.stack = env_.frames_of(g.stack);
    p.locks.push_back({objects_.name(g.waits_on), before.mode == lock_mode::read, env_.frames_of(std::span(before.pcs, before.frames))});
    env_.report(std::move(f));
  }
}

}  // namespace gosan::sync
