// A timer or ticker: a channel core with room for one value, and the scheduler's timer in the same
// allocation. The handle of the timer and those of its channel share one reference count.
//
// Guarded by `lock`: due, armed, and calls of rt::timer_* for `alarm`. An expiry that has begun
// when the timer is stopped or reset finds, once it has the lock, `armed` false or `due` in the
// future, and does nothing. A timer of after_func holds a reference to itself while armed; starting
// the function hands it to the goroutine.
#pragma once

#include "chan/chan_core.hpp"
#include "gosan/time.hpp"

namespace gosan::detail {

struct timer_core : chan_core {
  events::object_tag timer_tag;
  rt::timer alarm;
  time_point due{};
  duration period{};
  bool armed = false;
  erased_function function{};  // of after_func; constant after construction, as is:
  void* creation_pc = nullptr;
  alignas(time_point) std::byte value[sizeof(time_point)];

  events::object_tag drops_tag;

  events::object_id timer_id() noexcept { return events::id_of(timer_tag); }
};

inline timer_core* timer_of(chan_core* c) noexcept { return static_cast<timer_core*>(c); }

struct timer_access {
  static timer make(chan_ref r) noexcept { return timer(std::move(r)); }
};

}  // namespace gosan::detail
