// The lock inside the runtime's own objects: held for tens of nanoseconds, never across a park.
//
// Spins a little, then gives the processor to the kernel: the holder may be a thread that was
// preempted. It is a leaf for everything but the scheduler's own locks: under it ready(), spawn()
// and timer_*() may be called.
#pragma once

#include <atomic>
#include <cstdint>

#include "gosan/detail/thread_safety.hpp"

namespace gosan::detail {

// Set before the first goroutine when the program has ThreadSanitizer: the library's own atomics are not instrumented, so
// it is told of the edges they make.
extern constinit bool sanitizer_edges;
void sanitizer_acquired(void* p) noexcept;
void sanitizer_releases(void* p) noexcept;
// After the acquiring operation on an object, and before the releasing one.
inline void edge_acquired(void* p) noexcept {
  if (sanitizer_edges) [[unlikely]] sanitizer_acquired(p);
}
inline void edge_releases(void* p) noexcept {
  if (sanitizer_edges) [[unlikely]] sanitizer_releases(p);
}

class GOSAN_CAPABILITY("spin_lock") spin_lock {
 public:
  constexpr spin_lock() noexcept = default;
  spin_lock(const spin_lock&) = delete;
  spin_lock& operator=(const spin_lock&) = delete;

  void lock() noexcept GOSAN_ACQUIRE() {
    // [SPIN-1] acquire: meets the release store of unlock().
    if (word_.exchange(1, std::memory_order_acquire) != 0) [[unlikely]]
      lock_slow();
    edge_acquired(this);
  }
  void unlock() noexcept GOSAN_RELEASE() {
    edge_releases(this);
    word_.store(0, std::memory_order_release);  // [SPIN-1]
  }

 private:
  void lock_slow() noexcept;

  std::atomic<std::uint32_t> word_{0};
};

class GOSAN_SCOPED_CAPABILITY spin_guard {
 public:
  explicit spin_guard(spin_lock& l) noexcept GOSAN_ACQUIRE(l) : lock_(l) { lock_.lock(); }
  ~spin_guard() GOSAN_RELEASE() { lock_.unlock(); }
  spin_guard(const spin_guard&) = delete;
  spin_guard& operator=(const spin_guard&) = delete;

 private:
  spin_lock& lock_;
};

}  // namespace gosan::detail
