// The runtime's own lock: four bytes, constinit, spins a little, then sleeps in the kernel. It blocks the OS thread, so it is
// held for a few instructions only and never across a switch, with the one exception that park()'s commit releases it.
#pragma once

#include <atomic>
#include <cstdint>

#include "sched/annotations.hpp"

namespace gosan::rt {

class GOSAN_CAPABILITY("lock") lock {
 public:
  constexpr lock() noexcept = default;
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

  void acquire() noexcept GOSAN_ACQUIRE() {
    std::uint32_t expected = free;
    // [LOCK] acquire meets the release exchange of release().
    if (!word_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed))
      acquire_slow();
  }
  bool try_acquire() noexcept GOSAN_TRY_ACQUIRE(true) {
    std::uint32_t expected = free;
    return word_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed);
  }
  // [LOCK] release meets the acquire of the next holder.
  void release() noexcept GOSAN_RELEASE() {
    if (word_.exchange(free, std::memory_order_release) == contended) wake_one();
  }

 private:
  static constexpr std::uint32_t free = 0, held = 1, contended = 2;
  void acquire_slow() noexcept;
  void wake_one() noexcept;

  std::atomic<std::uint32_t> word_{free};
};

class GOSAN_SCOPED_CAPABILITY hold {
 public:
  explicit hold(lock& l) noexcept GOSAN_ACQUIRE(l) : lock_(l) { l.acquire(); }
  ~hold() GOSAN_RELEASE() { lock_.release(); }
  hold(const hold&) = delete;
  hold& operator=(const hold&) = delete;

 private:
  lock& lock_;
};

// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace gosan::rt
