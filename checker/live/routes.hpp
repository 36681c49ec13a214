// Which detectors want which kinds of event: looked up once per event, so that a kind costs what its takers cost.
#pragma once

#include <array>
#include <initializer_list>

#include "events/event.hpp"

namespace gosan::live {

enum taker : std::uint16_t {
  to_actors = 1,
  to_objects = 2,
  to_waits = 4,
  to_locks = 8,
  to_orders = 16,  // the clocks of the lock orders, as long as somebody uses them
  to_misuse = 32,
  to_sync = to_objects | to_waits | to_locks | to_orders | to_misuse,
  with_stack = 64,      // a finding may need its stack later, and its emitter leaves that to the sink
  stack_in_trace = 128,  // a detector asks for the stack while it runs: over a trace it can only be had from the event
  to_race = 256,         // what orders something, who runs, what comes and goes
  to_trace = 512,        // all that tell something: a send is announced for the race detector alone
};

class route_table {
 public:
  constexpr route_table() {
    using enum events::kind;
    add(to_actors, {go_create, thread_create, thread_attach, go_name, run, park, ready, blocking_begin, blocking_end, go_end,
                    thread_end, scope_begin, scope_end});
    // Who used a channel last the runtime writes itself: events::sink::uses_of().
    add(to_objects, {chan_make, chan_close, park, obj_destroy, wg_add, wg_done, wg_wait_begin, sem_acquire, sem_release, cond_wait, cond_signal, once_done,
                     barrier_arrive, ctx_make, timer_arm});
    add(to_waits, {park_case, park});
    add(to_locks, {lock_acquire, lock_release, park, obj_destroy, go_end, thread_end});
    add(to_orders, {go_create, thread_create, thread_join, go_end, chan_send, chan_recv, chan_sync, chan_close, chan_recv_closed,
                    chan_drop, obj_destroy, wg_done, wg_wait, once_done, once_seen, barrier_arrive, barrier_leave, timer_arm,
                    timer_fire, pool_put, pool_get, user_before, user_after, io_release, io_acquire});
    add(to_misuse, {chan_send_closed, chan_close_closed, wg_add, wg_done, wg_misuse, lock_misuse, panic});
    add(with_stack, {chan_close, chan_send_closed, chan_close_closed, wg_misuse, lock_misuse, panic});
    add(stack_in_trace, {park, lock_acquire, wg_done});
    for (std::uint16_t& t : takers_) t |= to_trace;
    for (unsigned k = 0; k < static_cast<unsigned>(count_); ++k)
      if (events::order_of(static_cast<events::kind>(k)) != events::order::none) takers_[k] |= to_race;
    add(to_race, {run, stop, go_end, thread_end, chan_make, chan_drop, obj_destroy, wg_add, wg_wait_begin});
    takers_[static_cast<std::size_t>(chan_send_begin)] &= static_cast<std::uint16_t>(~to_trace);
  }
  constexpr unsigned operator[](events::kind k) const noexcept { return takers_[static_cast<std::size_t>(k)]; }

 private:
  constexpr void add(taker t, std::initializer_list<events::kind> kinds) {
    for (events::kind k : kinds) takers_[static_cast<std::size_t>(k)] |= t;
  }
  std::array<std::uint16_t, static_cast<std::size_t>(events::kind::count_)> takers_{};
};

inline constexpr route_table routes;

}  // namespace gosan::live
