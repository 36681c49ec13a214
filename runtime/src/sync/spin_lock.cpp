#include "gosan/detail/spin_lock.hpp"

#include <sched.h>

namespace gosan::detail {

void spin_lock::lock_slow() noexcept {
  constexpr int spins = 64;  // about a microsecond: longer than any section that is not preempted
  for (;;) {
    for (int i = 0; i < spins; ++i) {
      if (word_.load(std::memory_order_relaxed) == 0 &&
          word_.exchange(1, std::memory_order_acquire) == 0)  // [SPIN-1]
        return;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    }
    sched_yield();
  }
}

}  // namespace gosan::detail
