#include "sched/lock.hpp"

#include "sched/futex.hpp"

namespace gosan::rt {

void lock::acquire_slow() noexcept {
  for (int i = 0; i < 100; ++i) {
    std::uint32_t expected = free;
    if (word_.load(std::memory_order_relaxed) == free &&
        word_.compare_exchange_weak(expected, held, std::memory_order_acquire, std::memory_order_relaxed))
      return;
    cpu_relax();
  }
  // Who has slept takes the lock as `contended`: it cannot know whether others still sleep.
  while (word_.exchange(contended, std::memory_order_acquire) != free) futex_wait(&word_, contended);
}

void lock::wake_one() noexcept { futex_wake(&word_, 1); }

}  // namespace gosan::rt
