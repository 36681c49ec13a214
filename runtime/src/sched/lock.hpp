// The runtime's own lock: four bytes, constinit, spins a little, then sleeps in the kernel. It blocks the OS thread, so it is
// held for a few instructions only and never across a switch, with the one exception that park()'s commit releases it.
#pragma once

#include <atomic>
#include <cstdint>

#include "sched/annotations.hpp"

namespace gosan::rt {

// Checked where it costs nothing to speak of: in debug and sanitizer builds.
#if !defined(NDEBUG) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GOSAN_CHECK_LOCK_ORDER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GOSAN_CHECK_LOCK_ORDER 1
#endif
#endif
#ifndef GOSAN_CHECK_LOCK_ORDER
#define GOSAN_CHECK_LOCK_ORDER 0
#endif

enum class lock_rank : std::uint8_t {
#define GOSAN_LOCK(rank, guards) rank,
#include "sched/lock_order.def"
#undef GOSAN_LOCK
};

class GOSAN_CAPABILITY("lock") lock {
 public:
  explicit constexpr lock([[maybe_unused]] lock_rank r) noexcept {
#if GOSAN_CHECK_LOCK_ORDER
    rank_ = r;
#endif
  }
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

  void acquire() noexcept GOSAN_ACQUIRE() {
    check_order();
    std::uint32_t expected = free;
    // [LOCK] acquire meets the release exchange of release().
    if (!word_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed))
      acquire_slow();
  }
  bool try_acquire() noexcept GOSAN_TRY_ACQUIRE(true) {
    std::uint32_t expected = free;
    const bool got = word_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed);  // [LOCK]
    if (got) check_order();
    return got;
  }
  // [LOCK] release meets the acquire of the next holder.
  void release() noexcept GOSAN_RELEASE() {
    forget_order();
    if (word_.exchange(free, std::memory_order_release) == contended) wake_one();
  }

 private:
  static constexpr std::uint32_t free = 0, held = 1, contended = 2;
  void acquire_slow() noexcept;
  void wake_one() noexcept;
#if GOSAN_CHECK_LOCK_ORDER
  void check_order() noexcept;
  void forget_order() noexcept;
  lock_rank rank_;
#else
  void check_order() noexcept {}
  void forget_order() noexcept {}
#endif

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

}  // namespace gosan::rt
