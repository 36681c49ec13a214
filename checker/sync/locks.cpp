#include "sync/locks.hpp"

#include <algorithm>
#include <cstring>

namespace gosan::sync {
using events::lock_mode;

void lock_detector::on_event(const events::event& e, bool judge_orders, const void* at) {
  switch (e.what) {
    using enum events::kind;
    case lock_acquire: return void(on_acquire(e, judge_orders, at));
    case lock_release: return on_release(e);
    case park: {
      const object_kind k = object_table::kind_of(static_cast<events::wait_reason>(e.a));
      if (k == object_kind::channel && judge_orders) return note_channel_wait(e);
      if (is_lock(k) && holds(e.g, e.obj)) suspicion_.store(true, relaxed);
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

bool lock_detector::note_holder(lock_state& l, events::actor_id g, lock_mode mode) noexcept {
  if (mode == lock_mode::read) return !l.ever_read.load(relaxed) && !l.ever_read.exchange(true, relaxed);
  const events::actor_id before = l.owner.load(relaxed);
  if (before != g) l.owner.store(g, relaxed);
  return before == 0;
}

bool lock_detector::on_acquire(const events::event& e, bool judge_orders, const void* at) {
  const lock_mode mode = mode_of(e);
  lock_state& entry = locks_.at(e.obj);
  const bool fresh = note_holder(entry, e.g, mode), tried = e.flags & events::flag_try;
  actor_locks& a = actors_.at(e.g);
  if (!a.list) a.list = a.first, a.capacity = std::size(a.first);
  if (a.count) [[unlikely]] {
    prune(a, e.g);
    if (mode == lock_mode::read)
      if (const held* before = find_held(a, e.obj)) note_recursion(e, *before);
    if (a.count && judge_orders && !tried) note_order(a, e);
  }
  held& h = push(a);
  h.entry = &entry;
  h.mode = mode;
  h.serial = ++a.taken;
  h.by_try = tried;
  h.frames = static_cast<std::uint8_t>(env_.walk(h.pcs, at));
  std::atomic_ref(h.lock).store(e.obj, relaxed);
  if (judge_orders && !tried) channels_.on_lock(e);
  return fresh;
}

void lock_detector::on_release(const events::event& e) {
  actor_locks& a = actors_.at(e.g);
  held* mine = a.count ? find_held(a, e.obj) : nullptr;
  if (!mine) [[unlikely]] return note_stranger(locks_.at(e.obj), e);
  const auto behind = static_cast<std::size_t>(a.list + a.count - (mine + 1));
  if (behind) std::memmove(static_cast<void*>(mine), mine + 1, sizeof(held) * behind);
  std::atomic_ref(a.count).store(a.count - 1, relaxed);
}

void lock_detector::note_stranger(lock_state& l, const events::event& e) {
  l.signal.store(true, relaxed);
  channels_.on_signal(e.obj);
  if (mode_of(e) == lock_mode::read) return;
  l.stranger.store(e.g, relaxed);
  l.owner.store(0, relaxed);
}

// What others unlocked is still in the list: take it out. Of a lock that others unlocked in read mode nothing is known any more.
void lock_detector::prune(actor_locks& a, events::actor_id g) {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < a.count; ++i) {
    const lock_state& l = locks_.at(a.list[i].lock);
    const bool gone = a.list[i].mode == lock_mode::write ? l.owner.load(relaxed) != g : l.signal.load(relaxed);
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

// The place that a lock was held in is another's now. False: that one is not known. REQUIRES: the place is not in use.
bool lock_detector::reopen(held& h, events::object_id lock) noexcept {
  lock_state* entry = locks_.find(lock);
  if (!entry) return false;
  h.entry = entry;
  std::atomic_ref(h.lock).store(lock, relaxed);
  return true;
}

// Also asked by others while the actor runs (owner_of()): they may see the list of a moment ago.
lock_detector::held* lock_detector::find_held(actor_locks& a, events::object_id lock) noexcept {
  for (std::uint32_t i = std::atomic_ref(a.count).load(relaxed); i-- > 0;)
    if (std::atomic_ref(a.list[i].lock).load(relaxed) == lock) return &a.list[i];
  return nullptr;
}

events::actor_id lock_detector::owner_of(events::object_id lock) const noexcept {
  const lock_state* l = locks_.find(lock);
  const events::actor_id last = l ? l->owner.load(relaxed) : 0;
  return last && holds(last, lock) ? last : 0;
}

bool lock_detector::is_signal(events::object_id lock) const noexcept {
  const lock_state* l = locks_.find(lock);
  return l && l->signal.load(relaxed);
}

events::actor_id lock_detector::unlocked_last_by(events::object_id lock) const noexcept {
  const lock_state* l = locks_.find(lock);
  if (!l) return 0;
  const events::actor_id last = l->owner.load(relaxed);
  return last ? last : l->stranger.load(relaxed);
}

bool lock_detector::holds(events::actor_id g, events::object_id lock) const noexcept {
  actor_locks* a = actors_.find(g);
  if (!a || !a->count) return false;
  const held* h = find_held(*a, lock);
  if (!h) return false;
  const lock_state* l = locks_.find(lock);
  return l && !l->signal.load(relaxed) && (h->mode == lock_mode::read || l->owner.load(relaxed) == g);
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

void lock_detector::end_locker(events::actor_id g) {
  // What it still holds stays to be seen by those who wait for it; only a longer list is given back when it is empty.
  actor_locks* a = actors_.find(g);
  if (a->count) prune(*a, g);
  a->dead = true;
  if (a->count) return;
  if (a->list != a->first) live::internal_free(a->list, sizeof(held) * a->capacity);
  a->list = nullptr;
}

void lock_detector::forget_actors(events::actor_id first) noexcept {
  const std::span<const actor_locks> page = actors_.page_from(first);
  if (!page.empty() && std::none_of(page.begin(), page.end(), [](const actor_locks& a) { return a.list; })) actors_.reuse_page(first);
}

// A read lock taken twice: harmless until a writer comes between, which then waits for the first and holds back the second.
void lock_detector::note_recursion(const events::event& e, const held& before) {
  if (before.mode != lock_mode::read || (e.flags & events::flag_try)) return;
  const events::actor_id writer = locks_.at(e.obj).owner.load(relaxed);
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

// "goroutine 3 waits for mutex #1, which it holds itself". A second read lock waits for a writer between, if not for itself.
std::string lock_detector::self_wait_text(const events::goroutine_view& g, lock_mode held, const events::snapshot& s) const {
  const std::string who = "goroutine " + std::to_string(g.id), lock = objects_.name(g.waits_on);
  if (held != lock_mode::read) return who + " waits for " + lock + ", which it holds itself";
  if (g.why == events::wait_reason::exclusive_lock) return who + " waits to write-lock " + lock + ", which it has read-locked itself";
  const auto writer = std::find_if(s.goroutines.begin(), s.goroutines.end(), [&g](const events::goroutine_view& w) {
    return w.state == events::goroutine_state::waiting && w.why == events::wait_reason::exclusive_lock && w.waits_on == g.waits_on;
  });
  std::string text = who + " waits to read-lock " + lock + ", which it has read-locked itself";
  if (writer != s.goroutines.end()) text += ", behind goroutine " + std::to_string(writer->id) + ", which waits to write";
  return text;
}

// Whoever waits for a lock that `holder` will not give back waits as long.
void lock_detector::note_those_behind(finding& f, events::actor_id holder, const events::snapshot& s, live::iset<events::actor_id>& judged) const {
  for (const events::goroutine_view& g : s.goroutines) {
    if (!waits_for_lock(g) || holds(g.id, g.waits_on) || !holds(holder, g.waits_on) || !judged.insert(g.id).second) continue;
    f.notes.push_back((g.is_thread ? "thread " : "goroutine ") + std::to_string(g.id) + " waits behind it in " +
                      std::string(events::text(g.why)) + " on " + objects_.name(g.waits_on));
  }
}

void lock_detector::judge_self_waits(const events::snapshot& s, live::iset<events::actor_id>& judged) {
  for (const events::goroutine_view& g : s.goroutines) {
    if (!waits_for_lock(g) || !holds(g.id, g.waits_on) || !judged.insert(g.id).second) continue;
    const held& before = *find_held(*actors_.find(g.id), g.waits_on);
    finding f;
    f.kind = finding_kind::double_lock;
    f.message = self_wait_text(g, before.mode, s);
    party& p = f.parties.emplace_back(env_.party_of(g.id));
    p.role = "locks again";
    p.goroutine = g.id;
    p.state = std::string(events::text(g.why));
    p.stack = env_.frames_of(g.stack);
    p.locks.push_back({objects_.name(g.waits_on), before.mode == lock_mode::read, env_.frames_of(std::span(before.pcs, before.frames))});
    note_those_behind(f, g.id, s, judged);
    env_.report(std::move(f));
  }
}

}  // namespace gosan::sync
