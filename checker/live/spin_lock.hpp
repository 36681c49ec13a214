// The checker's own lock: constinit, no allocation, no event, unseen by the interceptors (which wrap pthread's locks). Held for
// short stretches only; a leaf: nothing of the runtime or of libc is called under it unless the holder says why that is safe.
#pragma once

#include <sched.h>

#include <atomic>

namespace gosan::rt {
// sched/sched.hpp. Weak: a detector under test has no scheduler beside it.
[[gnu::weak]] void begin_stop_guard() noexcept;
[[gnu::weak]] void end_stop_guard() noexcept;
}  // namespace gosan::rt

namespace gosan::live {

// How many the calling thread holds, or is about to. What a signal's handler of the program does while there are some must take none.
[[gnu::tls_model("initial-exec")]] inline thread_local constinit volatile unsigned spin_locks_held = 0;

// Its holder is not stopped with the world: the worker that waits for the lock would never come to rest.
class spin_lock {
 public:
  void lock() noexcept {
    guard();
    for (unsigned spins = 0; held_.exchange(true, std::memory_order_acquire); ++spins)  // [SPIN] pairs with unlock
      while (held_.load(std::memory_order_relaxed))
        if (++spins > 64) sched_yield();
  }
  bool try_lock() noexcept {
    guard();
    if (!held_.exchange(true, std::memory_order_acquire)) return true;  // [SPIN]
    unguard();
    return false;
  }
  void unlock() noexcept {
    held_.store(false, std::memory_order_release);  // [SPIN]
    unguard();
  }

 private:
  static void guard() noexcept {
    spin_locks_held = spin_locks_held + 1;
    if (rt::begin_stop_guard) rt::begin_stop_guard();
  }
  static void unguard() noexcept {
    if (rt::end_stop_guard) rt::end_stop_guard();
    spin_locks_held = spin_locks_held - 1;
  }

  std::atomic<bool> held_{false};
};

}  // namespace gosan::live
