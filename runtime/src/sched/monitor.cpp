// The monitor thread: retakes processors from workers that are stuck, serves timers when all workers are busy, and finds a
// thief for a partner that waits while its processor computes; gives pages of unused stacks back. It sleeps deep while nothing
// runs.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <ctime>

#include "events/sink.hpp"
#include "fatal/signals.hpp"
#include "machine/instructions.hpp"
#include "poll/poller.hpp"
#include "sched/futex.hpp"
#include "sched/interrupts.hpp"
#include "sched/scheduler.hpp"
#include "stack/stack.hpp"

namespace gosan::rt {

void poke_keeper(std::int64_t until) noexcept {
  scheduler& s = the_scheduler;
  // [KEEPER] the timer is published; seq_cst.
  worker* k = s.keeper.load();
  if (!k) {
    // Nobody sleeps for timers. A worker that is awake looks at them before it sleeps; with none awake, one is woken.
    return wake_one_worker();
  }
  if (until >= s.keeper_until.load()) return;
  std::uint32_t asleep = 0;
  if (k->wake_word.compare_exchange_strong(asleep, 2)) rouse(k);
}

void poke_keeper_to_poll() noexcept {
  // [KEEPER] io_waiters is raised; the keeper publishes itself, then looks at it. Both seq_cst.
  worker* k = the_scheduler.keeper.load();
  if (!k || k->in_poll.load()) return;
  std::uint32_t asleep = 0;
  if (k->wake_word.compare_exchange_strong(asleep, 2)) rouse(k);
}

namespace {

constexpr std::int64_t shortest_ns = 20000, longest_ns = 1000000;  // between looks
constexpr std::int64_t slice_ns = 10000000;                         // a goroutine's turn, when others wait
constexpr std::int64_t overdue_ns = 2000000;                        // a timer that nobody has served
constexpr std::int64_t first_recheck_ns = 2000000, last_recheck_ns = 5000000000;
constexpr std::int64_t longest_between_cooling_ns = 1000000000;
constexpr int idle_looks_before_sleep = 64;

// What the monitor remembers of a processor between two looks.
struct sighting {
  std::uint32_t tick = 0;
  std::int64_t since = 0;
};
sighting sightings[max_processors];

bool somebody_waits(const processor* p) noexcept {
  return !p->empty() || the_scheduler.global_size.load(std::memory_order_relaxed) != 0;
}

// For one of the runtime's, or in a stop guard for one of the sink's: another worker in its place would wait for it too. Relaxed: the next
// look sees what this one missed.
bool waits_for_lock(const worker* w) noexcept {
  return w->waits_for_lock.load(std::memory_order_relaxed) || w->stop_guards.load(std::memory_order_relaxed) != 0;
}

// Looks after one processor. True when something had to be done.
bool look_at(processor* p, sighting& seen, std::int64_t now) noexcept {
  worker* w = p->holder.load(std::memory_order_acquire);  // [HOLDER]
  if (!w) return false;
  const std::uint32_t tick = p->tick.load(std::memory_order_relaxed);
  if (tick != seen.tick) {
    seen = {tick, now};
    return false;
  }
  goroutine* g = w->running.load(std::memory_order_acquire);  // [RUNNING]
  const bool blocked = g && g->in_blocking.load(std::memory_order_relaxed);
  const bool nobody_free = the_scheduler.idle_count.load(std::memory_order_relaxed) == 0;
  if (!blocked && !p->empty() && !nobody_free) {
    p->mark_next_stale();
    machine::full_fence();  // [WAKE]
    wake_one_worker();
    return true;
  }
  const bool overran = now - seen.since >= slice_ns && nobody_free && !waits_for_lock(w) &&
                       (somebody_waits(p) || next_timer_ns() <= now);
  if (!(blocked || overran) || !retake(p)) return false;
  if (somebody_waits(p) || next_timer_ns() <= now) return hand_off(p, false), true;
  hold h(the_scheduler.mu);
  the_scheduler.put_idle(p);
  return true;
}

bool look_around(std::int64_t now) noexcept {
  scheduler& s = the_scheduler;
  bool did = false;
  const std::uint32_t n = s.processors_made.load(std::memory_order_acquire);  // [MADE]
  for (std::uint32_t i = 0; i < n; ++i) did |= look_at(s.all[i].load(std::memory_order_relaxed), sightings[i], now);
  if (next_timer_ns() < now - overdue_ns) did |= run_due_timers(now);
  if (s.io_waiters.load() && s.idle_count.load() == 0) poll_descriptors(0);
  return did;
}

bool all_idle() noexcept { return the_scheduler.idle_count.load() >= the_scheduler.processors.load(); }

void sleep_deep() noexcept {
  scheduler& s = the_scheduler;
  s.monitor_word.store(1);  // [MONITOR] seq_cst store, then the look; get_idle() does it the other way round
  std::int64_t pause = first_recheck_ns, recheck = clock_ns() + pause;
  while (all_idle() && s.monitor_word.load() == 1 && !signals_wait() && !s.stopped.load()) {
    const std::int64_t cool_again = cool_stacks(clock_ns());
    // A thread that is not ours may have been the last who could wake somebody, and may end without a word.
    const std::int64_t until = std::min(s.runs.load() ? recheck : INT64_MAX, cool_again);
    futex_wait(&s.monitor_word, 1, until == INT64_MAX ? 0 : until);
    serve_signals();
    if (s.monitor_word.load() != 1 || clock_ns() < recheck) continue;
    look_for_deadlock();
    pause = std::min(pause * 2, last_recheck_ns);
    recheck = clock_ns() + pause;
  }
  s.monitor_word.store(0);
}

void* monitor_main(void* before) {
  const tools_thread mine;
  hold_back_for_ever(*static_cast<const sigset_t*>(before));
  pthread_setname_np(pthread_self(), "gosan-monitor");
  scheduler& s = the_scheduler;
  std::int64_t delay = shortest_ns, cool_next = 0;
  int idle_looks = 0, quiet_looks = 0;
  while (!s.stopped.load(std::memory_order_relaxed)) {
    if (all_idle() && ++idle_looks > idle_looks_before_sleep) {
      sleep_deep();
      idle_looks = quiet_looks = 0;
      delay = shortest_ns;
    }
    const timespec t{0, delay};
    nanosleep(&t, nullptr);
    serve_signals();
    s.monitor_works.store(1);  // seq_cst, then the look [WORLD]
    if (s.halt.load() != 0) {
      s.monitor_works.store(0);
      continue;
    }
    const std::int64_t now = clock_ns();
    s.now_ns.store(now, std::memory_order_relaxed);
    quiet_looks = look_around(now) ? 0 : quiet_looks + 1;
    if (now >= cool_next) cool_next = std::min(cool_stacks(now), now + longest_between_cooling_ns);
    // As Go's monitor: 20 us at first, doubled when a millisecond passed with nothing to do.
    delay = quiet_looks < 50 ? shortest_ns : std::min(delay * 2, longest_ns);
    s.monitor_works.store(0);
    if (!all_idle()) idle_looks = 0;
  }
  return nullptr;
}

}  // namespace

void start_monitor() noexcept {
  pthread_t thread;
  const events::ignore_scope not_the_programs;
  static sigset_t before;  // read by the monitor
  hold_signals_back(before);  // of the monitor, which inherits that: no handler of the program's runs there
  const int error = pthread_create(&thread, nullptr, monitor_main, &before);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error) {
    std::fprintf(stderr, "gosan: cannot start the monitor thread: error %d (see ulimit -u and -v)\n", error);
    _exit(2);
  }
  pthread_detach(thread);
}

void wake_monitor() noexcept {
  if (the_scheduler.monitor_word.exchange(0) == 1) futex_wake(&the_scheduler.monitor_word, 1);
}

}  // namespace gosan::rt
