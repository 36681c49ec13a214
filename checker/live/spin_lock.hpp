// The checker's own lock: constinit, no allocation, no event, unseen by the interceptors (which wrap pthread's locks). Held for
// short stretches only; a leaf: nothing of the runtime or of libc is called under it unless the holder says why that is safe.
#pragma once

#include <sched.h>

#include <atomic>

#include "machine/instructions.hpp"

namespace gosan::rt {
// sched/sched.hpp. Weak: a detector under test has no scheduler beside it.
[[gnu::weak]] void begin_stop_guard() noexcept;
[[gnu::weak]] void end_stop_guard() noexcept;
}  // namespace gosan::rt

namespace gosan::live {

// How deep the calling thread is in stretches that a signal's handler of the program must find as if they were done or not begun: under one
// of the locks below, or where several words change together. What a handler does meanwhile is not checked.
[[gnu::tls_model("initial-exec")]] inline thread_local constinit volatile unsigned in_the_midst = 0;

class midst {
 public:
  midst() noexcept { in_the_midst = in_the_midst + 1; }
  ~midst() { in_the_midst = in_the_midst - 1; }
  midst(const midst&) = delete;
  midst& operator=(const midst&) = delete;
};

// Its holder is not stopped with the world: the worker that waits for the lock would never come to rest.
class spin_lock {
 public:
  void lock() noexcept {
    guard();
    for (unsigned spins = 0; held_.exchange(true, std::memory_order_acquire);)  // [SPIN] pairs with unlock
      while (held_.load(std::memory_order_relaxed)) ++spins < patience ? machine::cpu_relax() : void(sched_yield());
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
  // A holder is done in a microsecond unless it does not run; to yield takes several.
  static constexpr unsigned patience = 20;
  static void guard() noexcept {
    in_the_midst = in_the_midst + 1;
    if (rt::begin_stop_guard) rt::begin_stop_guard();
  }
  static void unguard() noexcept {
    if (rt::end_stop_guard) rt::end_stop_guard();
    in_the_midst = in_the_midst - 1;
  }

  std::atomic<bool> held_{false};
};

}  // namespace gosan::live
