// Instructions of the processor that C++ has no words for, or no cheap ones. Below everything: headers only.
#pragma once

#include <atomic>

namespace gosan::machine {

// Orders all before it with all after it, a store with a later load too. std::atomic_thread_fence does the same, but as an mfence,
// which costs five times a locked instruction.
inline void full_fence() noexcept {
#if defined(__x86_64__)
  asm volatile("lock; orl $0, (%%rsp)" ::: "memory", "cc");
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace gosan::machine
