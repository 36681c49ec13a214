// All asleep: no goroutine can ever run again, while somebody waits in run().
#include <dirent.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include "events/sink.hpp"
#include "fatal/fatal.hpp"
#include "options/options.hpp"
#include "sched/scheduler.hpp"

namespace gosan::rt {
namespace {

constinit lock deadlock_mu{lock_rank::deadlock};

// `stuck` workers are known never to come back.
bool nothing_can_happen(std::uint32_t stuck = 0) noexcept {
  scheduler& s = the_scheduler;
  return s.runs.load() != 0 && !s.stopped.load() && next_timer_ns() == INT64_MAX && !timer_in_flight() && s.io_waiters.load() == 0 &&
         all_workers_asleep(stuck);
}

[[noreturn]] void end_all_asleep() noexcept {
  std::fflush(stdout);
  const events::snapshot all = events::take_snapshot();
  const bool main_alive = std::any_of(all.goroutines.begin(), all.goroutines.end(), [](const auto& g) { return g.is_main; });
  end_with_report("deadlock", main_alive ? "fatal error: all goroutines are asleep - deadlock!\n"
                                         : "fatal error: no goroutines (main called goexit) - deadlock!\n", all);
}

}  // namespace

bool foreign_thread_may_act(std::int64_t but) noexcept {
  std::int64_t threads = 0;
  DIR* tasks = opendir("/proc/self/task");
  if (!tasks) return true;
  while (const dirent* e = readdir(tasks)) threads += e->d_name[0] != '.';
  closedir(tasks);
  std::int64_t asleep = 0;
  visit_goroutines(
      [](goroutine* g, void* n) {
        // [GSTATE] acquire meets change_state().
        if (g->state.load(std::memory_order_acquire) == gstate::waiting && g->is_thread && g->wake_word.load() == thread_asleep)
          ++*static_cast<std::int64_t*>(n);
      },
      &asleep);
  return threads > asleep + but + the_scheduler.own_threads.load();
}

void look_for_deadlock() noexcept {
  if (!nothing_can_happen() || foreign_thread_may_act()) return;
  if (!deadlock_mu.try_acquire()) return;  // somebody else is looking, and may need this worker asleep
  // Once more, in case somebody was between two states: asleep, all of them, at one later moment.
  if (!nothing_can_happen() || foreign_thread_may_act() || !nothing_can_happen()) return deadlock_mu.release();
  end_all_asleep();
}

void look_for_deadlock_but(std::uint32_t workers, std::uint32_t threads) noexcept {
  if (!nothing_can_happen(workers) || foreign_thread_may_act(threads) || !deadlock_mu.try_acquire()) return;
  end_all_asleep();
}

void end_as_asleep_but_for_timers() noexcept {
  if (the_scheduler.runs.load() == 0 || the_scheduler.stopped.load() || !deadlock_mu.try_acquire()) return;
  end_all_asleep();
}

}  // namespace gosan::rt
