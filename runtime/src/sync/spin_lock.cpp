#include "gosan/detail/spin_lock.hpp"

#include <sched.h>

#include <optional>

#include "machine/instructions.hpp"
#include "sched/sched.hpp"

namespace gosan::detail {
// Looks again after longer and longer pauses: who looks all the time takes the cache line from the
// holder again and again, and two processors then get less done together than one alone. The last
// pause is some microseconds, longer than any section that is not preempted. In the recording library sections can be longer.
void spin_lock::lock_slow() noexcept {
  constexpr int first_pause = 4, last_pause = 64;
  for (std::optional<rt::lock_wait> long_one;;) {
    for (int pause = first_pause; pause <= last_pause; pause *= 2) {
      for (int i = 0; i < pause; ++i) machine::cpu_relax();
      if (word_.load(std::memory_order_relaxed) == 0 &&
          word_.exchange(1, std::memory_order_acquire) == 0)  // [SPIN-1]
        return;
    }
    if (!long_one) long_one.emplace();
    sched_yield();
  }
}

}  // namespace gosan::detail
