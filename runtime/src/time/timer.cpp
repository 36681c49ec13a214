#include <stdexcept>

#include "sync/actor.hpp"
#include "sync/panics.hpp"
#include "sync/start.hpp"
#include "time/timer_core.hpp"

namespace gosan {
namespace detail {
namespace {

using events::kind;

void dispose(chan_core* c) noexcept {
  timer_core* t = timer_of(c);
  rt::timer_stop(&t->alarm);
  rt::timer_wait_idle(&t->alarm);  // also when it was armed: an earlier expiry may be running
  if (t->function.object) t->function.destroy(t->function.object);
  events::object_id id = t->timer_tag.id;
  destroy_elements(t);
  if (id) emit_here(kind::obj_destroy, id);
  delete t;
}

// The goroutine that an expired after_func starts. Holds the timer.
void start_function(timer_core* t) noexcept {
  erased_function call{t,
                       [](void* p) {
                         auto* timer = static_cast<timer_core*>(p);
                         emit_here(kind::timer_fire, timer->timer_id());
                         timer->function.call(timer->function.object);
                       },
                       [](void* p) noexcept { chan_release(static_cast<timer_core*>(p)); }};
  start(call, t->creation_pc);
}

void expire(rt::timer*, void* arg) noexcept {
  auto* t = static_cast<timer_core*>(arg);
  held_lock held(t->lock);
  time_point now = rt::clock::now();
  if (!t->armed || now < t->due) return;
  if (t->period == duration::zero())
    t->armed = false;
  else
    t->due += t->period * ((now - t->due) / t->period + 1);
  if (t->function.call) {
    held.unlock();
    start_function(t);
    return;
  }
  step s = try_send_timer_locked(t, &now, t->timer_id());
  held.unlock();
  s.finish();
}

// Arms it, or arms it anew.
void arm(timer_core* t, duration d) noexcept GOSAN_REQUIRES(t->lock) {
  t->due = rt::clock::now() + d;
  if (t->function.call && !t->armed) chan_retain(t);
  t->armed = true;
  emit_here(kind::timer_arm, t->timer_id(),
            static_cast<std::uint64_t>(t->due.time_since_epoch().count()),
            t->function.call ? 0 : t->id());
  rt::timer_reset(&t->alarm, t->due, t->period);
}

chan_ref make(duration d, duration period, erased_function f = {}, void* creation_pc = nullptr) {
  auto t = std::make_unique<timer_core>();
  t->hide_buffer = true;
  t->alarm.fire = &expire;
  t->alarm.arg = t.get();
  t->alarm.only_sends = !f.call;
  t->period = period;
  t->function = f;
  t->creation_pc = creation_pc;
  if (f.call) t->drops = &t->drops_tag;
  chan_init(t.get(), 1, element<time_point>::ops, t->value, &dispose);
  timer_core* core = t.release();
  spin_guard held(core->lock);
  arm(core, d);
  return chan_ref(core);
}

// Takes an unreceived value out.
bool drain(timer_core* t) noexcept GOSAN_REQUIRES(t->lock) {
  bool full = t->has_value();
  if (full) drop_front_locked(t);
  return full;
}

timer_core* existing(chan_core* c) {
  if (!c) panic(panic_code::empty_timer);
  return timer_of(c);
}

bool reset(timer_core* t, duration d, duration period) noexcept {
  spin_guard held(t->lock);
  bool active = t->armed;
  bool drained = drain(t);
  t->period = period;
  arm(t, d);
  return active || drained;
}

duration positive(duration d) {
  if (d <= duration::zero()) throw std::invalid_argument("ticker: the interval must be positive");
  return d;
}

}  // namespace

recv_chan<time_point> timer_channel(chan_core* c) noexcept {
  if (!c || timer_of(c)->function.call) return {};
  chan_retain(c);
  return chan_access::make<recv_chan<time_point>>(chan_ref(c));
}

bool timer_stop(chan_core* c) {
  timer_core* t = existing(c);
  held_lock held(t->lock);
  bool active = t->armed;
  t->armed = false;
  rt::timer_stop(&t->alarm);
  bool drained = drain(t);
  emit_here(kind::timer_stop, t->timer_id());
  held.unlock();
  if (active && t->function.call) chan_release(t);  // the caller's handle keeps it
  return active || drained;
}

bool timer_reset(chan_core* c, duration d) { return reset(existing(c), d, {}); }

void ticker_reset(chan_core* c, duration d) {
  const duration every = positive(d);
  reset(existing(c), every, every);
}

timer timer_after(duration d, erased_function f, void* creation_pc) {
  return timer_access::make(make(d, {}, f, creation_pc));
}

}  // namespace detail

recv_chan<time_point> after(duration d) {
  return detail::chan_access::make<recv_chan<time_point>>(detail::make(d, {}));
}

timer::timer(duration d) : ref_(detail::make(d, {})) {}

ticker::ticker(duration d) : ref_(detail::make(detail::positive(d), d)) {}

}  // namespace gosan
