#include "sync/order_clocks.hpp"

#include <algorithm>
#include <mutex>
#include <new>

#include "live/internal_alloc.hpp"

namespace gosan::sync {

class clock_value {
 public:
  struct entry {
    events::actor_id g;
    std::uint64_t marks;
  };
  mutable std::atomic<std::uint32_t> references{1};
  live::ivector<entry> entries;  // by actor
  std::size_t look_through_at = 64;

  std::uint64_t of(events::actor_id g) const noexcept {
    auto at = std::lower_bound(entries.begin(), entries.end(), g, [](const entry& e, events::actor_id x) { return e.g < x; });
    return at != entries.end() && at->g == g ? at->marks : 0;
  }
  void raise(const entry& e) {
    auto at = std::lower_bound(entries.begin(), entries.end(), e.g, [](const entry& x, events::actor_id g) { return x.g < g; });
    if (at == entries.end() || at->g != e.g) entries.insert(at, e);
    else at->marks = std::max(at->marks, e.marks);
  }
  bool contains(const clock_value& o) const noexcept {
    if (o.entries.size() > entries.size()) return false;
    return std::all_of(o.entries.begin(), o.entries.end(), [this](const entry& e) { return of(e.g) >= e.marks; });
  }
};

namespace {

using live::relaxed;

clock_value* make() { return new (live::internal_alloc(sizeof(clock_value))) clock_value; }

const clock_value* share(const clock_value* v) noexcept {
  if (v) v->references.fetch_add(1, relaxed);
  return v;
}

void drop(const clock_value* v) noexcept {
  // acq_rel: the last one to let go must see all uses of the others before the memory is used again. [COUNT]
  if (!v || v->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  auto* gone = const_cast<clock_value*>(v);
  gone->~clock_value();
  live::internal_free(gone, sizeof(clock_value));
}

clock_value* merged(const clock_value& a, const clock_value& b) {
  clock_value* out = make();
  out->look_through_at = std::max(a.look_through_at, b.look_through_at);
  auto x = a.entries.begin(), y = b.entries.begin();
  while (x != a.entries.end() || y != b.entries.end()) {
    if (y == b.entries.end() || (x != a.entries.end() && x->g < y->g)) out->entries.push_back(*x++);
    else if (x == a.entries.end() || y->g < x->g) out->entries.push_back(*y++);
    else out->entries.push_back({x->g, std::max(x->marks, y->marks)}), ++x, ++y;
  }
  return out;
}

}  // namespace

clock_ref::clock_ref(const clock_value* shared) noexcept : v_(share(shared)) {}
clock_ref::~clock_ref() { drop(v_); }
std::uint64_t clock_ref::of(events::actor_id g) const noexcept { return v_ ? v_->of(g) : 0; }

std::size_t clock_ref::size() const noexcept { return v_ ? v_->entries.size() : 0; }

void order_clocks::leave_out_useless(clock_value& v) const noexcept {
  if (v.entries.size() < v.look_through_at) return;
  std::erase_if(v.entries, [this](const clock_value::entry& e) { return !is_of_use(e.g); });
  v.look_through_at = std::max<std::size_t>(64, 2 * v.entries.size());
}

void order_clocks::set(slot& s, const clock_value* fresh) noexcept {
  const clock_value* old = s.value.load(relaxed);
  s.value.store(fresh, relaxed);
  drop(old);
}

void order_clocks::join(slot& into, const clock_value* with) noexcept {
  const clock_value* mine = into.value.load(relaxed);
  if (mine == with || !with || (mine && mine->contains(*with))) return;
  if (!mine || with->contains(*mine)) return set(into, share(with));
  clock_value* both = merged(*mine, *with);
  leave_out_useless(*both);
  set(into, both);
}

// A wait group learns a little from each of very many. What nobody else has, others being under the object's lock, is changed where it is:
// only an actor's clock tells by its address that it is another.
void order_clocks::join_object(slot& into, const clock_value* with) noexcept {
  auto* mine = const_cast<clock_value*>(into.value.load(relaxed));
  // Acquire meets the release of who has let go. [COUNT]
  const bool alone = mine && mine != with && mine->references.load(std::memory_order_acquire) == 1;
  if (!alone || with->entries.size() > mine->entries.size() / 2) return join(into, with);
  for (const clock_value::entry& e : with->entries) mine->raise(e);
  leave_out_useless(*mine);
}

std::uint64_t order_clocks::mark(events::actor_id g) {
  in_use_.store(true, relaxed);
  marks_kept_.at(g).fetch_add(1, relaxed);
  slot& s = actors_.at(g);
  const clock_value* old = s.value.load(relaxed);
  clock_value* fresh = make();
  if (old) fresh->entries = old->entries;
  auto& list = fresh->entries;
  auto at = std::lower_bound(list.begin(), list.end(), g, [](const auto& e, events::actor_id x) { return e.g < x; });
  if (at == list.end() || at->g != g) at = list.insert(at, {g, 0});
  const std::uint64_t number = ++at->marks;
  set(s, fresh);
  return number;
}

clock_ref order_clocks::past_of(events::actor_id g) noexcept {
  slot* s = actors_.find(g);
  return s ? clock_ref(s->value.load(relaxed)) : clock_ref();
}

std::uintptr_t order_clocks::version(events::actor_id g) const noexcept {
  slot* s = actors_.find(g);
  return s ? reinterpret_cast<std::uintptr_t>(s->value.load(relaxed)) + (s->given.load(relaxed) << 48) : 0;
}

void order_clocks::release(events::object_id to, slot& from) noexcept {
  const clock_value* c = from.value.load(relaxed);
  if (!c) return;
  from.given.store(from.given.load(relaxed) + 1, relaxed);
  std::lock_guard hold(lock_of(to));
  join_object(objects_.at(to), c);
}

void order_clocks::acquire(events::object_id from, events::actor_id g) noexcept {
  slot* o = objects_.find(from);
  if (!o) return;
  const clock_ref theirs = [&] {
    std::lock_guard hold(lock_of(from));
    return clock_ref(o->value.load(relaxed));
  }();
  if (theirs.get()) join(actors_.at(g), theirs.get());
}

void order_clocks::forget(events::object_id gone) noexcept {
  slot* o = objects_.find(gone);
  if (!o) return;
  std::lock_guard hold(lock_of(gone));
  set(*o, nullptr);
}

void order_clocks::pass(const events::event& e) noexcept {
  auto give = [](slot& s) {
    const clock_value* c = s.value.load(relaxed);
    if (c) s.given.store(s.given.load(relaxed) + 1, relaxed);
    return c;
  };
  switch (e.what) {
    using enum events::kind;
    case go_create:
    case thread_create: return join(actors_.at(e.obj), give(actors_.at(e.g)));
    case thread_join: {
      slot* other = actors_.find(e.obj);
      return other ? join(actors_.at(e.g), other->value.load(relaxed)) : void();
    }
    case go_end:
      marks_kept_.at(e.g).fetch_or(ended, relaxed);
      // Nobody asks the past of an ended goroutine; a thread's is asked by who joins it.
      return set(actors_.at(e.g), nullptr);
    case chan_send: case chan_close: case wg_done: case once_done: case barrier_arrive: case timer_arm: case pool_put:
    case user_before: case io_release:
      return release(e.obj, actors_.at(e.g));
    case chan_recv: case chan_recv_closed: case wg_wait: case once_seen: case barrier_leave: case timer_fire: case pool_get:
    case user_after: case io_acquire:
      return acquire(e.obj, e.g);
    case chan_sync:
      join(actors_.at(e.b), give(actors_.at(e.g)));
      return join(actors_.at(e.g), give(actors_.at(e.b)));
    case chan_drop:
    case obj_destroy:
      return forget(e.obj);
    default: return;
  }
}

}  // namespace gosan::sync
