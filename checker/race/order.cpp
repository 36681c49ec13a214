// From events to clocks. What a kind of event orders stands in its row of events/event_kinds.def; here is how.
//
// A release of an actor ends its epoch; what it does afterwards is not part of what was handed on. An event is handled
// under the object's lock, before its effect can be seen (release) or after the effect was seen (acquire); see the rules in
// event_kinds.def.
#include <bit>
#include <mutex>
#include <utility>

#include "gosan/finding.hpp"
#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "race/access.hpp"
#include "race/actors.hpp"
#include "race/budget.hpp"
#include "race/contexts.hpp"
#include "race/lock_history.hpp"
#include "race/objects.hpp"
#include "race/race.hpp"
#include "race/race_report.hpp"
#include "race/relock.hpp"
#include "race/states.hpp"
#include "race/thread_variables.hpp"

namespace gosan::race {
namespace {

using events::event;
using events::kind;

node_id site_of_event(const event& e, const void* at) noexcept {
  if (e.stack) return contexts::of_stack(live::stack_of(e.stack));
  const thread_view& t = __gosan_thread;
  const std::uintptr_t pc = contexts::place_in_running_function(at);
  return pc ? site_of(pc) : contexts::current(t.bottom, t.top);
}

entry pseudo_access(const event& e, const void* at, const actor_state& g, std::uint8_t kind) noexcept {
  return {g.now, site_of_event(e, at), 1, kind, packed_size(1, g.taken)};
}

// Nobody has closed the channel, so that nothing conflicts; what is known of the sender's past does not matter.
void note_last_send(object_state& o) noexcept {
  conflicts_found none;
  if (o.last_send.when && !std::exchange(o.last_send_noted, true)) access_pseudo(&o.misuse, o.last_send, clock{}, none);
}

// Without looking at others: the actor that has sent last, and then nobody has closed, sends once more.
bool sends_again(object_state& o, const entry& x) noexcept {
  if (o.closed || number_of(o.last_send.when) != number_of(x.when)) return false;
  o.last_send = x;
  o.last_send_noted = false;
  return true;
}

void unordered_send_and_close(const event& e, const void* at, object_state& o, actor_state& g, std::uint8_t kind) noexcept {
  const entry x = pseudo_access(e, at, g, kind);
  if (!is_write(kind) && sends_again(o, x)) return;
  note_last_send(o);
  o.closed |= is_write(kind);
  o.last_send = x;
  o.last_send_noted = true;
  conflicts_found races;
  if (!access_pseudo(&o.misuse, x, g.past, races)) return;
  const race_found r{0, races.each[0], x, e.g};
  const bool closes = is_write(kind);
  report_unordered(r, finding_kind::data_race,
                   "send and close of a channel are not ordered: the send may find the channel closed and panic",
                   closes ? "close of the channel" : "send on the channel",
                   closes ? "previous send on the channel" : "previous close of the channel");
}

// An addition that leaves zero must be ordered with every wait: else the wait may or may not see it. Waits do not
// conflict with one another, nor additions, so additions count as atomic writes and waits as reads.
void unordered_add_and_wait(const event& e, const void* at, object_state& o, actor_state& g, std::uint8_t kind) noexcept {
  const entry x = pseudo_access(e, at, g, kind);
  conflicts_found races;
  if (!access_pseudo(&o.misuse, x, g.past, races)) return;
  const race_found r{0, races.each[0], x, e.g};
  const bool adds = is_write(kind);
  report_unordered(r, finding_kind::wait_group_misuse,
                   "an add that starts from zero is not ordered with a wait: the wait may return before the work is counted",
                   adds ? "add from zero" : "wait", adds ? "previous wait" : "previous add from zero");
}

void meet(actor_state& g, actor_state& b) noexcept {
  clock of_g, of_b;
  actors::release(g, of_g);
  actors::release(b, of_b);
  actors::acquire(g, of_b);
  actors::acquire(b, of_g);
}

clock& slot_of(object_state& o, const event& e) noexcept {
  if (std::has_single_bit(o.capacity)) return o.slots.at(e.a & (o.capacity - 1));
  return o.slots.at(o.capacity ? e.a % o.capacity : 0);
}

// A clock is what its releaser knew: nothing new to who knows that epoch.
void acquire_carried(object_state& o, actor_state& g) noexcept {
  if (!actors::knows(g, o.carried_by.load(std::memory_order_relaxed))) actors::acquire(g, o.carried);
}

void lock_taken(const event& e, object_state& o, actor_state& g) noexcept {
  acquire_carried(o, g);
  if (mode_of(e) == events::lock_mode::write) {
    if (!o.readers.empty()) actors::acquire(g, o.readers);
    o.beside.take_all([&](epoch left) { actors::acquire(g, left); });
  }
  relock::taken(e, o, g);
}

void release_lock(const event& e, object_state& o, actor_state& g) noexcept {
  if (mode_of(e) == events::lock_mode::read) {
    if (relock::leaves_as_before(e, o, g)) {
      o.beside.claim(g.now);
      return actors::release_again(g, o.readers);
    }
    return actors::release_merge(g, o.readers);
  }
  const epoch when = g.now;
  if (relock::leaves_as_before(e, o, g)) actors::release_again(g, o.carried);
  else actors::release(g, o.carried);
  o.carried_by.store(when, std::memory_order_relaxed);
  if (!o.readers.empty()) o.readers.clear();  // the writer has acquired them, and left them in `carried`
}

// A reader who comes again and again. Without the object's lock, and without a write to what other readers read. False: that is not so.
bool left_beside(const event& e, object_state& o, actor_state& g) noexcept {
  if (mode_of(e) != events::lock_mode::read) return false;
  const relock::moment first = relock::now(g);
  std::atomic<epoch>* const place = relock::leaves_as_before(e, o, g) ? o.beside.of(g.now) : nullptr;
  if (!place) return false;
  place->store(g.now, std::memory_order_relaxed);  // [PLACE]
  actors::next_epoch(g);
  relock::left(e, o, g, first);
  return true;
}

void lock_left(const event& e, object_state& o, actor_state& g) noexcept {
  const relock::moment first = relock::now(g);
  release_lock(e, o, g);
  relock::left(e, o, g, first);
}

// Of what is no lock no one epoch stands for all that it carries.
clock& carried_by_several(object_state& o) noexcept {
  o.carried_by.store(no_epoch, std::memory_order_relaxed);
  return o.carried;
}

void release_alone(object_state& o, actor_state& g) noexcept {
  if (o.arrived) o.arrived->forget();
  actors::release(g, carried_by_several(o));
}

void release_with_others(object_state& o, actor_state& g) noexcept {
  clock& carried = carried_by_several(o);
  if (!o.arrived && !carried.full()) return actors::release_merge(g, carried);
  o.arrivals_here().leave(carried, g.past, g.now);
  actors::next_epoch(g);
}

// Orders between an actor and an object. Called with the object's lock.
void apply(const event& e, object_state& o, actor_state& g) noexcept {
  switch (events::order_of(e.what)) {
    case events::order::acquire: return actors::acquire(g, o.settled());
    case events::order::release: return release_alone(o, g);
    case events::order::release_merge: return release_with_others(o, g);
    case events::order::fork_from: return actors::acquire(g, o.settled());
    case events::order::rendezvous: return meet(g, actors::of(e.b));
    default: return;
  }
}

// g, when it runs on this thread.
actor_state* running_here(events::actor_id g) noexcept {
  actor_state* a = __gosan_thread.actor;
  return a && a->id == g ? a : nullptr;
}

// Mostly the one that runs here; else the parked partner of who does.
actor_state& acting(events::actor_id g) noexcept {
  actor_state* a = running_here(g);
  return a ? *a : actors::of(g);
}

[[gnu::noinline]] void fork(const event& e) noexcept {
  if (!e.g) return;
  actors::fork(acting(e.g), e.obj);
}

[[gnu::noinline]] void with_object(const event& e) noexcept {
  if (!e.obj || !e.g) return;
  object_state& o = objects::of(e.obj);
  actor_state& g = acting(e.g);
  std::lock_guard hold(o.lock);
  apply(e, o, g);
}

[[gnu::noinline]] void with_lock(const event& e, const void* at) noexcept {
  if (!e.obj || !e.g) return;
  object_state& o = objects::of(e.obj);
  actor_state& g = acting(e.g);
  const bool taking = order_of(e.what) == events::order::lock;
  lock_history::note(e, g, at);
  if (taking ? relock::again(e, o, g) : left_beside(e, o, g)) return;
  std::lock_guard hold(o.lock);
  taking ? lock_taken(e, o, g) : lock_left(e, o, g);
}

// Without the object's lock: the channel's own is held, or its last handle is gone.
[[gnu::noinline]] void through_slot(const event& e) noexcept {
  if (e.obj && e.g) actors::swap(acting(e.g), slot_of(objects::of(e.obj), e));
}

// The timer's clock is copied first: one object's lock at a time.
[[gnu::noinline]] void slot_from(const event& e) noexcept {
  clock timer;
  if (object_state* t = objects::find(e.b)) {
    std::lock_guard hold(t->lock);
    timer = t->settled();
  }
  slot_of(objects::of(e.obj), e) = timer;
}

[[gnu::noinline]] void join(const event& e) noexcept {
  actor_state* ended = actors::find_heir(e.obj);
  if (!ended || !e.g) return;
  clock last = ended->past;
  last.add(ended->now, no_epoch);
  actors::acquire(actors::of(e.g), last);
  actors::end(e.obj);  // joined once
}

bool has_use_checked(kind k) noexcept {
  return k == kind::chan_send_begin || k == kind::chan_close || k == kind::wg_add || k == kind::wg_wait_begin;
}

// Checks of use that need the order, not make it. They come before the event's own order.
[[gnu::noinline]] void check_use(const event& e, const void* at) noexcept {
  const bool sends = e.what == kind::chan_send_begin, closes = e.what == kind::chan_close, adds = e.what == kind::wg_add;
  if (closes && e.flags & events::flag_senders_wait) return;  // that panics: a finding of its own
  if ((adds && e.b != e.a) || !e.g || !e.obj) return;
  object_state& o = objects::of(e.obj);
  actor_state& g = acting(e.g);
  if (sends || closes) unordered_send_and_close(e, at, o, g, closes ? plain_write : plain_read);
  else unordered_add_and_wait(e, at, o, g, adds ? atomic_write : plain_read);
}

void leave_thread(actor_state& g) noexcept {
  if (thread_variables* v = __gosan_thread.variables) v->left_by(g);
}

[[gnu::noinline]] void about_actors(const event& e) noexcept {
  switch (e.what) {
    case kind::run:
      if (!running_here(e.g)) thread_variables::of_this_worker();  // a thread that has waited goes on as itself
      return actors::set_running(&actors::of(e.g));
    case kind::stop:
      if (actor_state* g = running_here(e.g)) leave_thread(*g), actors::set_running(nullptr);
      return;
    case kind::go_end:
      if (actor_state* g = running_here(e.g)) leave_thread(*g);
      return actors::end(e.g);
    case kind::thread_end:
      if (running_here(e.g)) actors::set_running(nullptr);
      return;
    case kind::chan_make: objects::of(e.obj).capacity = e.a; return;
    case kind::chan_drop:
    case kind::obj_destroy: return objects::end(e.obj);
    default: return;
  }
}

}  // namespace

void on_begun_and_sent(const event& e, const void* at) noexcept {
  if (!states::started()) return;
  const live::midst undisturbed;
  if (budget::off() || !e.obj || !e.g) return;
  object_state& o = objects::of(e.obj);
  actor_state& g = acting(e.g);
  unordered_send_and_close(e, at, o, g, plain_read);
  actors::swap(g, slot_of(o, e));
}

void on_lock(const event& e, const void* at) noexcept {
  if (!states::started()) return;
  const live::midst undisturbed;
  if (!budget::off()) with_lock(e, at);
}

void on_event(const event& e, const void* at) noexcept {
  if (!states::started()) return;  // no instrumented module
  const live::midst undisturbed;
  if (budget::off()) return about_actors(e);
  if (events::order_of(e.what) == events::order::slot) return through_slot(e);  // the most frequent
  if (has_use_checked(e.what)) check_use(e, at);
  switch (events::order_of(e.what)) {
    case events::order::send_begin: return;
    case events::order::none: return about_actors(e);
    case events::order::fork: return fork(e);
    case events::order::join: return join(e);
    case events::order::slot_from: return slot_from(e);
    case events::order::lock:
    case events::order::unlock: return with_lock(e, at);
    default:
      if (e.what == kind::timer_arm) actors::no_longer_alone();
      return with_object(e);
  }
}

}  // namespace gosan::race
