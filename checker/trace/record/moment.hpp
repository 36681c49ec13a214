// Events that go without saying, and those that need no time of their own. To read the clock costs as much as all the rest of recording an event, and many come by twos
// and threes out of one step of the runtime.
#pragma once

#include <algorithm>

#include "trace/event_coding.hpp"

namespace gosan::trace {

// Whether the event that its thread emitted just before, of kind `before` and leaving `s`, says `e` as well: who parks or ends stops, and
// the partner of a rendezvous is ready. Such events are not recorded.
inline bool goes_without_saying(const events::event& e, events::kind before, const coding_state& s) noexcept {
  using enum events::kind;
  if (e.what == stop) return (before == events::kind::park || before == go_end) && e.g == s.g;
  return e.what == ready && before == chan_sync && e.obj == s.other;
}

// Whether `e` belongs to the moment of the event that its thread emitted just before: the runtime holds the same object's lock since
// then, or has done nothing that another thread's event could have to come before. `before` is that one's kind, `s` what it left.
// Merged by time, such an event still follows all that it must, and what must follow it has a later time.
inline bool in_the_moment_of(const events::event& e, events::kind before, const coding_state& s) noexcept {
  using enum events::kind;
  const bool its_own = e.g == s.g, its_object = e.obj == s.obj;
  switch (e.what) {
    case go_start: return before == run && its_own;
    case run: return (before == stop || before == events::kind::park || before == go_end) && (e.flags & events::flag_straight);
    // All channels of a select are locked until it has parked.
    case park_case: return before == park_case && its_own;
    case events::kind::park: return before == park_case && its_own;
    // A channel's event for another goroutine than that of the one before, with no switch between, tells of the partner who is completed
    // with it.
    case chan_send: return its_object && before == chan_recv && !its_own;
    case chan_recv: return its_object && before == chan_send && !its_own;
    // That partner goes on.
    case ready: return (before == chan_send || before == chan_recv) && e.obj == s.g && !its_own;
    default: return false;
  }
}

// [TOLD-AT] How the times of an object's events come to be in the order of its operations.
//
//   clock     the clock is read behind a fence, which costs as much again
//   own       not before, since the channel remembers the time of its last event, and the next one has a later one: under its lock, so
//             that nothing else is needed. Without the fence the clock may be read while the lock is still waited for.
//   own_slow  behind the fence, and remembered for those
enum class order_of_times : unsigned char { clock, own, own_slow };
inline std::uint64_t time_after(std::uint64_t clock, std::uint64_t of_the_stream, std::uint64_t of_the_channel) noexcept {
  return std::max({clock, of_the_stream, of_the_channel + 1});
}
inline order_of_times times_of(events::kind what) noexcept {
  switch (what) {
    using enum events::kind;
    case chan_send:
    case chan_recv:
    case chan_sync: return order_of_times::own;
    case chan_make:
    case chan_close:
    case chan_send_timer:
    case chan_recv_closed:
    case chan_send_closed: return order_of_times::own_slow;
    default: return order_of_times::clock;
  }
}

}  // namespace gosan::trace
