#include "gosan/sync.hpp"
#include "sync/sync_queue.hpp"

namespace gosan {
namespace detail {

// The limit of a wait: takes the waiter out of the queue when it fires first.
struct condition_timer {
  condition_variable& cv;
  sync_waiter& w;
  rt::timer timer;

  static void fire(rt::timer*, void* arg) noexcept {
    auto* self = static_cast<condition_timer*>(arg);
    held_lock held(self->cv.guard_);
    if (!self->w.linked) return;
    unlink(self->cv.queue_, self->w);
    rt::goroutine* g = self->w.parked ? self->w.g : nullptr;
    held.unlock();
    if (g) rt::ready(g);
  }
};

}  // namespace detail

using namespace detail;
using events::kind;

condition_variable::~condition_variable() {
  object_gone(gosan_id_, !queue_.empty(),
              "condition_variable destroyed while a goroutine waits on it");
}

void condition_variable::begin(sync_waiter& w, std::uint64_t lock_id) noexcept {
  decision_point();
  w.g = rt::self();
  spin_guard held(guard_);
  emit_here(kind::cond_wait, id_of(gosan_id_), 0, lock_id);
  push_back(queue_, w);
}

bool condition_variable::park(sync_waiter& w, const time_point* limit) noexcept {
  condition_timer t{*this, w, {}};
  if (limit) {
    t.timer.when = *limit;
    t.timer.fire = &condition_timer::fire;
    t.timer.arg = &t;
    rt::timer_start(&t.timer);
  }
  {
    held_lock held(guard_);
    if (w.linked) {
      w.parked = true;
      held.park(events::wait_reason::cond_wait, id_of(gosan_id_));
    }
  }
  if (limit && !rt::timer_stop(&t.timer)) rt::timer_wait_idle(&t.timer);
  return w.granted;
}

void condition_variable::withdraw(sync_waiter& w) noexcept {
  spin_guard held(guard_);
  if (w.linked) unlink(queue_, w);
}

void condition_variable::notify_one() noexcept {
  decision_point();
  held_lock held(guard_);
  sync_waiter* w = pop_front(queue_);
  emit_here(kind::cond_signal, id_of(gosan_id_), w ? 1 : 0);
  if (!w) return;
  w->granted = true;
  rt::goroutine* g = w->parked ? w->g : nullptr;  // else it is still between begin and park
  held.unlock();
  if (g) rt::ready(g);
}

void condition_variable::notify_all() noexcept {
  decision_point();
  held_lock held(guard_);
  std::uint64_t n = 0;
  sync_waiter* woken = nullptr;  // those that must be made ready; in order
  sync_waiter** last = &woken;
  while (sync_waiter* w = pop_front(queue_)) {
    ++n;
    w->granted = true;
    if (!w->parked) continue;
    w->next = nullptr;
    *last = w;
    last = &w->next;
  }
  emit_here(kind::cond_signal, id_of(gosan_id_), n);
  held.unlock();
  ready_all(woken);
}

}  // namespace gosan
