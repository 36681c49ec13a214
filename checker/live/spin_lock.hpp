// The checker's own lock: constinit, no allocation, no event, unseen by the interceptors (which wrap pthread's locks). Held for
// short stretches only; a leaf: nothing of the runtime or of libc is called under it unless the holder says why that is safe.
#pragma once

#include <sched.h>

#include <atomic>

namespace gosan::live {

class spin_lock {
 public:
  void lock() noexcept {
    for (unsigned spins = 0; held_.exchange(true, std::memory_order_acquire); ++spins)  // [SPIN] pairs with unlock
      while (held_.load(std::memory_order_relaxed))
        if (++spins > 64) sched_yield();
  }
  bool try_lock() noexcept { return !held_.exchange(true, std::memory_order_acquire); }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }  // [SPIN]

 private:
  std::atomic<bool> held_{false};
};

}  // namespace gosan::live
