#include "sync/channel_locks.hpp"

#include <algorithm>
#include <mutex>
#include <new>

namespace gosan::sync {
namespace {

constexpr std::uint32_t looked_at = 64;  // moments of one kind; more of the same tell little more
constexpr std::size_t kept = 8;          // of them: the first, before which may lie what the others do, and the last

template <typename Moments, typename Moment>
Moment& add(Moments& list, Moment fresh) {
  if (list.size() == kept) list.erase(list.begin() + 1);
  return list.emplace_back(std::move(fresh));
}

}  // namespace

channel_locks::books& channel_locks::of() noexcept {
  if (!books_) books_ = new (live::internal_alloc(sizeof(books))) books;
  return *books_;
}

channel_locks::moment channel_locks::now_of(events::actor_id g, events::lock_mode mode) const {
  moment m;
  m.g = g;
  m.mark = clocks_.mark(g);
  m.past = clocks_.past_of(g);
  m.mode = mode;
  return m;
}

channel_locks::suspect& channel_locks::suspect_of(events::object_id channel, events::object_id lock, end at) {
  live::ivector<suspect>& all = of().suspects[channel];
  const auto known = std::find_if(all.begin(), all.end(), [&](const suspect& s) { return s.lock == lock && s.at == at; });
  if (known != all.end()) return *known;
  suspect& s = all.emplace_back();
  s.lock = lock;
  s.at = at;
  return s;
}

void channel_locks::on_wait(const events::event& e, std::span<const lock_held> held) {
  if (!clocks_.in_use()) env_.orders_wanted();
  const auto why = static_cast<events::wait_reason>(e.a);
  const end at = why == events::wait_reason::chan_send ? end::sends : end::receives;
  std::uintptr_t here[32];
  const std::size_t n = env_.walk(here);
  const std::lock_guard hold(lock_);
  put(channels_seen_, e.obj);
  for (const lock_held& l : held) {
    put(locks_seen_, l.lock);
    suspect& s = suspect_of(e.obj, l.lock, at);
    if (++s.waited > looked_at) continue;
    moment& m = add(s.waits, now_of(e.g, l.mode));
    m.stack.assign(here, here + n);
    m.lock_stack.assign(l.taken_at.begin(), l.taken_at.end());
  }
}

void channel_locks::note_lock(const events::event& e) {
  std::uintptr_t here[32];
  const std::size_t n = env_.walk(here);
  const std::lock_guard hold(lock_);
  taking& t = of().takings[{e.g, e.obj}];
  if (t.number == looked_at) return;
  t.when = now_of(e.g, static_cast<events::lock_mode>(e.a));
  t.when.stack.assign(here, here + n);
  ++t.number;
}

void channel_locks::forget_lock(events::object_id lock) {
  const std::lock_guard hold(lock_);
  if (!books_) return;
  for (auto& [channel, all] : books_->suspects) std::erase_if(all, [lock](const suspect& s) { return s.lock == lock; });
}

void channel_locks::note_channel(const events::event& e) {
  using enum events::kind;
  switch (e.what) {
    case chan_send: return note_operation(e.obj, e.g, end::sends);
    case chan_recv:
    case chan_recv_closed: return note_operation(e.obj, e.g, end::receives);
    case chan_close: return note_operation(e.obj, e.g, end::sends);  // ends the wait of who receives, as a send does
    case chan_sync: {
      const bool sends = e.flags & events::flag_g_sends;
      note_operation(e.obj, e.g, sends ? end::sends : end::receives);
      return note_operation(e.obj, e.b, sends ? end::receives : end::sends);
    }
    case chan_drop: return judge_channel(e.obj);
    default: return;
  }
}

void channel_locks::note_operation(events::object_id channel, events::actor_id g, end at) {
  const std::lock_guard hold(lock_);
  const auto all = of().suspects.find(channel);
  if (all == of().suspects.end()) return;
  for (suspect& s : all->second) {
    if (s.at == at) continue;
    partner& p = s.partners[g];
    const auto t = of().takings.find({g, s.lock});
    if (t == of().takings.end() || t->second.number == p.seen) continue;
    p.seen = t->second.number;
    add(p.takings, t->second.when);
  }
}

bool channel_locks::can_overlap(const moment& waits, const moment& takes) noexcept {
  if (waits.g == takes.g) return false;
  if (waits.mode == events::lock_mode::read && takes.mode == events::lock_mode::read) return false;
  return takes.past.of(waits.g) < waits.mark && waits.past.of(takes.g) < takes.mark;
}

void channel_locks::judge(events::object_id channel, const suspect& s, live::ivector<verdict>& out) {
  for (const moment& w : s.waits) {
    live::ivector<moment> others;
    bool one_is_free = false;
    for (const auto& [g, p] : s.partners) {
      if (g == w.g) continue;
      const auto at = std::find_if(p.takings.begin(), p.takings.end(), [&w](const moment& t) { return can_overlap(w, t); });
      if (at == p.takings.end()) one_is_free = true;
      else others.push_back(*at);
    }
    if (one_is_free || others.empty()) continue;
    return void(out.push_back({channel, s.lock, s.at, w, std::move(others)}));
  }
}

void channel_locks::judge_channel(events::object_id channel) {
  live::ivector<verdict> out;
  {
    const std::lock_guard hold(lock_);
    const auto all = of().suspects.find(channel);
    if (all == of().suspects.end()) return;
    for (const suspect& s : all->second) judge(channel, s, out);
    of().suspects.erase(all);
  }
  report(out);
}

void channel_locks::judge_all() {
  live::ivector<verdict> out;
  {
    const std::lock_guard hold(lock_);
    if (!books_) return;
    for (const auto& [channel, all] : books_->suspects)
      for (const suspect& s : all) judge(channel, s, out);
    books_->suspects.clear();
  }
  report(out);
}

// Without the lock: frames are looked up under the loader's lock, under which others may take locks of their own.
void channel_locks::report(const live::ivector<verdict>& all) {
  for (const verdict& v : all) env_.report(found(v));
}

finding channel_locks::found(const verdict& v) const {
  const moment& waits = v.waits;
  const bool sends = v.at == end::sends;
  const std::string lock = objects_.name(v.lock), channel = objects_.name(v.channel);
  finding f;
  f.kind = finding_kind::lock_order;
  f.message = std::string(sends ? "a send on " : "a receive from ") + channel + " waits while " + lock +
              " is held, which everybody who could " + (sends ? "receive" : "send") + " takes first";
  party& p = f.parties.emplace_back(env_.party_of(waits.g));
  p.role = std::string(sends ? "sends on " : "receives from ") + channel + " while it holds " + lock;
  p.stack = env_.frames_of(waits.stack);
  p.locks.push_back({lock, waits.mode == events::lock_mode::read, env_.frames_of(waits.lock_stack)});
  for (const moment& t : v.others) {
    party& o = f.parties.emplace_back(env_.party_of(t.g));
    o.role = "takes " + lock + " before it " + (sends ? "receives from " : "sends on ") + channel;
    o.stack = env_.frames_of(t.stack);
  }
  for (events::object_id o : {v.channel, v.lock}) f.objects.emplace_back().what = objects_.name(o);
  if (const object* c = objects_.find(v.channel))
    f.objects.front().created_at = env_.frames_of(c->created_at.load(std::memory_order_relaxed));
  return f;
}

}  // namespace gosan::sync
