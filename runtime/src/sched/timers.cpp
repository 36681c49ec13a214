// Armed timers: one 4-ary heap under one lock, ordered by due time, then by the order of arming.
// Its naive twin, a sorted list, is in tests/sched/timers_test.cpp.
#include <algorithm>
#include <climits>
#include <utility>
#include <vector>

#include "machine/instructions.hpp"
#include "sched/die.hpp"
#include "sched/scheduler.hpp"

namespace gosan::rt {
namespace {

constinit lock timers_mu{lock_rank::timers};
std::vector<timer*>& heap() noexcept GOSAN_REQUIRES(timers_mu) {
  static auto* v = new std::vector<timer*>;  // never freed: timers outlive static destructors
  return *v;
}
constinit std::uint64_t next_seq GOSAN_GUARDED_BY(timers_mu) = 0;
constinit std::atomic<std::int64_t> earliest{INT64_MAX};
constinit std::atomic<unsigned> in_flight{0};  // taken off the heap, its function not done

// The timers whose functions run at this moment, for timer_wait_idle. After `fire` has begun the timer's memory may be gone,
// so the mark is here and not in it.
constexpr int max_firing = 64;
constinit timer* firing[max_firing] GOSAN_GUARDED_BY(timers_mu) = {};

std::int64_t ns(clock::time_point t) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count();
}

bool before(const timer* a, const timer* b) noexcept {
  return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

void place(timer* t, std::size_t i) noexcept GOSAN_REQUIRES(timers_mu) {
  heap()[i] = t;
  t->heap_index = static_cast<std::int32_t>(i);
}

void sift_up(std::size_t i) noexcept GOSAN_REQUIRES(timers_mu) {
  timer* t = heap()[i];
  while (i > 0) {
    const std::size_t parent = (i - 1) / 4;
    if (!before(t, heap()[parent])) break;
    place(heap()[parent], i);
    i = parent;
  }
  place(t, i);
}

void sift_down(std::size_t i) noexcept GOSAN_REQUIRES(timers_mu) {
  timer* t = heap()[i];
  const std::size_t n = heap().size();
  for (;;) {
    const std::size_t first = 4 * i + 1;
    if (first >= n) break;
    std::size_t best = first;
    for (std::size_t c = first + 1; c < first + 4 && c < n; ++c)
      if (before(heap()[c], heap()[best])) best = c;
    if (!before(heap()[best], t)) break;
    place(heap()[best], i);
    i = best;
  }
  place(t, i);
}

// [KEEPER] seq_cst: the keeper stores keeper_until, then loads this; who arms a timer stores this, then loads keeper_until.
void publish_earliest() noexcept GOSAN_REQUIRES(timers_mu) {
  earliest.store(heap().empty() ? INT64_MAX : ns(heap()[0]->when));
}

void insert(timer* t) noexcept GOSAN_REQUIRES(timers_mu) {
  t->seq = next_seq++;
  heap().push_back(t);
  sift_up(heap().size() - 1);
  publish_earliest();
}

bool remove(timer* t) noexcept GOSAN_REQUIRES(timers_mu) {
  if (t->heap_index < 0) return false;
  const auto i = static_cast<std::size_t>(t->heap_index);
  // The slot is emptied: what a leak's proof finds there it would take for a timer that is armed.
  timer* last = std::exchange(heap().back(), nullptr);
  heap().pop_back();
  if (last != t) {
    place(last, i);
    sift_up(i);
    sift_down(static_cast<std::size_t>(last->heap_index));
  }
  t->heap_index = -1;
  publish_earliest();
  return true;
}

timer** free_slot() noexcept GOSAN_REQUIRES(timers_mu) {
  for (timer*& slot : firing)
    if (!slot) return &slot;
  return nullptr;
}

// Takes the first timer off the heap when it is due; a periodic one goes back with its next due time.
timer* take_due(std::int64_t now, timer**& slot) noexcept {
  hold h(timers_mu);
  if (heap().empty() || ns(heap()[0]->when) > now) return nullptr;
  slot = free_slot();
  if (!slot) return nullptr;  // 64 functions run at once: the next look will do it
  timer* t = *slot = heap()[0];
  in_flight.fetch_add(1);  // [DUE] before the heap looks empty
  remove(t);
  if (t->period > clock::duration::zero()) {
    const auto missed = (clock::time_point(std::chrono::nanoseconds(now)) - t->when) / t->period;
    t->when += t->period * (missed + 1);
    insert(t);
  }
  return t;
}

}  // namespace

std::int64_t next_timer_ns() noexcept { return earliest.load(); }
// [DUE] A timer is in the heap, or in flight, or what it did is done: who looks for a deadlock asks in this order.
bool timer_in_flight() noexcept { return in_flight.load() != 0; }

bool run_due_timers(std::int64_t now) noexcept {
  bool any = false;
  while (earliest.load(std::memory_order_relaxed) <= now) {
    timer** slot = nullptr;
    timer* t = take_due(now, slot);
    if (!t) break;
    auto* const fire = t->fire;
    fire(t, t->arg);
    hold h(timers_mu);
    *slot = nullptr;
    in_flight.fetch_sub(1);  // [DUE] after what it started can be seen as runnable
    any = true;
  }
  return any;
}

std::size_t timer_count() noexcept {
  hold h(timers_mu);
  return heap().size();
}

bool timer_roots(std::vector<std::uintptr_t>& into) noexcept {
  hold h(timers_mu);
  if (into.capacity() < 2 * heap().size()) return false;
  for (const timer* t : heap()) {
    into.push_back(reinterpret_cast<std::uintptr_t>(t));
    into.push_back(reinterpret_cast<std::uintptr_t>(t->arg));
  }
  return true;
}

bool timers_only_send() noexcept {
  hold h(timers_mu);
  return std::all_of(heap().begin(), heap().end(), [](const timer* t) { return t->only_sends; });
}

void timer_start(timer* t) noexcept {
  ensure_started();
  section in;
  const std::int64_t when = ns(t->when);
  {
    hold h(timers_mu);
    if (t->heap_index >= 0) die("timer_start of an armed timer");
    insert(t);
  }
  poke_keeper(when);
}

bool timer_stop(timer* t) noexcept {
  section in;
  hold h(timers_mu);
  return remove(t);
}

bool timer_reset(timer* t, clock::time_point when, clock::duration period) noexcept {
  ensure_started();
  section in;
  bool was_armed;
  {
    hold h(timers_mu);
    was_armed = remove(t);
    t->when = when;
    t->period = period;
    insert(t);
  }
  poke_keeper(ns(when));
  return was_armed;
}

void timer_wait_idle(timer* t) noexcept {
  for (;;) {
    {
      section in;
      hold h(timers_mu);
      bool found = false;
      for (timer* f : firing) found = found || f == t;
      if (!found) return;
    }
    machine::cpu_relax();
  }
}

}  // namespace gosan::rt
