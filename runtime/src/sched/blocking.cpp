// blocking(): a goroutine that may block its thread. It keeps running; the monitor takes its processor when it does not come
// back soon. Afterwards it waits in line like any other when the processor is gone.
#include "events/sink.hpp"
#include "gosan/go.hpp"
#include "sched/scheduler.hpp"

namespace gosan::detail {

blocking_scope::blocking_scope() noexcept {
  rt::worker* w = rt::this_worker();
  rt::goroutine* g = w ? w->current() : nullptr;
  if (!g || g->in_blocking.load(std::memory_order_relaxed)) return;  // a thread's own affair, or nested
  entered_ = true;
  events::emit({.what = events::kind::blocking_begin, .g = g->id});
  g->in_blocking.store(true, std::memory_order_relaxed);  // read by the monitor as a hint: retake() has its own protocol
}

blocking_scope::~blocking_scope() {
  if (!entered_) return;
  rt::worker* w = rt::this_worker();
  rt::goroutine* g = w->current();
  w->enter();
  g->in_blocking.store(false);  // seq_cst, then the look [WORLD]
  if (rt::the_scheduler.halt.load()) rt::rest_while_halted(w);
  events::emit({.what = events::kind::blocking_end, .g = g->id});
  if (w->settle()) {
    w->leave();
    return;
  }
  {
    rt::hold h(rt::the_scheduler.mu);
    if (rt::processor* p = rt::the_scheduler.get_idle()) {
      rt::adopt(w, p);
      w->leave();
      return;
    }
  }
  rt::switch_home(w, rt::request::yield);
}

}  // namespace gosan::detail
