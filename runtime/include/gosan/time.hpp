// Sleeping, timers and tickers, as in Go 1.23.
//
// A timer's channel never holds a stale value: after stop() or reset() has returned, only a later
// expiry is received. Its len() and cap() are 0. A timer that nobody can reach any more is freed,
// armed or not, so `after(d)` in a select costs nothing once the select is over; only after_func
// keeps itself alive until its function has been started or it was stopped. Due times are of the
// steady clock. Thread safe, callable from goroutines and OS threads; only the sleeps block. What
// happens before what: arming a timer, before the receive of its value or the start of its
// function. Source: Go's package time.
#pragma once

#include <chrono>
#include <concepts>
#include <utility>

#include "gosan/chan.hpp"
#include "gosan/detail/erased_function.hpp"
#include "gosan/go.hpp"

namespace gosan {

using time_point = std::chrono::steady_clock::time_point;
using duration = time_point::duration;

// Blocks for at least d; returns at once when d is not positive.
void sleep_for(duration d) noexcept;
void sleep_until(time_point t) noexcept;
template <class Clock, class D>
void sleep_until(const std::chrono::time_point<Clock, D>& t) noexcept {
  sleep_for(std::chrono::duration_cast<duration>(t - Clock::now()));
}

// A channel that receives the time once, after d.
recv_chan<time_point> after(duration d);

namespace detail {
struct timer_access;
struct timer_core;  // time/timer_core.hpp
recv_chan<time_point> timer_channel(chan_core* t) noexcept;
bool timer_stop(chan_core* t);
bool timer_reset(chan_core* t, duration d);
void ticker_reset(chan_core* t, duration d);
}  // namespace detail

// Sends the time on its channel once. Movable handle; for race detection, using it reads the variable and filling it writes it.
class timer {
 public:
  explicit timer(duration d);
  timer(timer&& o) noexcept { *this = std::move(o); }
  timer& operator=(timer&&) noexcept = default;

  // The nil channel for a timer of after_func.
  recv_chan<time_point> chan() const noexcept { return detail::timer_channel(ref_.get()); }
  // True when this call stopped it: it was armed, or its value had not been received. A timer that was moved from panics, here and
  // in reset().
  bool stop() { return detail::timer_stop(ref_.get()); }
  // Arms it anew, d from now. The result as of stop().
  bool reset(duration d) { return detail::timer_reset(ref_.get(), d); }

 private:
  explicit timer(detail::chan_ref r) noexcept : ref_(std::move(r)) {}
  friend struct detail::timer_access;
  detail::chan_ref ref_;
};

// Sends the time on its channel every d; a tick that nobody has received when the next is due is
// kept, the next one dropped.
class ticker {
 public:
  // Throws std::invalid_argument when d is not positive; so does reset.
  explicit ticker(duration d);
  ticker(ticker&& o) noexcept { *this = std::move(o); }
  ticker& operator=(ticker&&) noexcept = default;

  recv_chan<time_point> chan() const noexcept { return detail::timer_channel(ref_.get()); }
  // Does not close the channel, as in Go.
  void stop() { detail::timer_stop(ref_.get()); }
  void reset(duration d) { detail::ticker_reset(ref_.get(), d); }

 private:
  detail::chan_ref ref_;
};

// Runs f in a goroutine of its own after d. The result may be dropped; through it f can be stopped
// or put off, and reset() after f has been started runs it again. stop(): true when f will not run.
template <std::invocable F>
timer after_func(duration d, F&& f);

// ---- Implementation ----

namespace detail {
timer timer_after(duration d, erased_function f, void* creation_pc);
}

template <std::invocable F>
[[gnu::noinline]] timer after_func(duration d, F&& f) {
  return detail::timer_after(d, detail::erase(std::forward<F>(f)), detail::creation_site());
}

}  // namespace gosan
