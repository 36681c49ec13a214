// The clock that orders the events of all threads.
#pragma once

#include <time.h>

#include <cstdint>

namespace gosan::trace {

inline std::uint64_t now_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

// Must not be read before the operations that come before it in the program: an event's time is taken while the object's
// lock is held, so that events of one object have times in the order of its operations.
inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_lfence();
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t t;
  asm volatile("isb\n mrs %0, cntvct_el0" : "=r"(t)::"memory");
  return t;
#else
  return now_ns();
#endif
}

}  // namespace gosan::trace
