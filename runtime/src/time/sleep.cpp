#include "gosan/time.hpp"
#include "sync/actor.hpp"

namespace gosan {

void sleep_for(duration d) noexcept {
  if (d > duration::zero()) sleep_until(rt::clock::now() + d);
}

void sleep_until(time_point t) noexcept {
  detail::emit_here(events::kind::sleep, 0,
                    static_cast<std::uint64_t>(t.time_since_epoch().count()));
  rt::timer alarm;  // on this stack: its last use is the ready() that ends the wait
  alarm.when = t;
  alarm.arg = rt::self();
  alarm.fire = [](rt::timer*, void* g) noexcept { rt::ready(static_cast<rt::goroutine*>(g)); };
  rt::park(
      events::wait_reason::sleep, 0,
      [](rt::goroutine*, void* a) {
        rt::timer_start(static_cast<rt::timer*>(a));
        return true;
      },
      &alarm);
}

}  // namespace gosan
