// The clock that orders the events of all threads.
#pragma once

#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdint>

namespace gosan::trace {

inline std::uint64_t now_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

#if defined(__x86_64__)
// The instruction that waits by itself for those before it. False before this is initialised, which is as good.
inline const bool has_rdtscp = [] {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) && d >> 27 & 1;
}();
#endif

// Where the operations that come before it in the program need not be over: at half the price.
inline std::uint64_t ticks_unfenced() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc() >> 3;  // cycles by eight: about as long as reading them takes, and most differences are one byte
#elif defined(__aarch64__)
  std::uint64_t t;
  asm volatile("mrs %0, cntvct_el0" : "=r"(t)::"memory");
  return t;
#else
  return now_ns();
#endif
}

// Must not be read before the operations that come before it in the program: an event's time is taken while the object's
// lock is held, so that events of one object have times in the order of its operations.
inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  unsigned processor;
  if (has_rdtscp) [[likely]] return __builtin_ia32_rdtscp(&processor) >> 3;
  __builtin_ia32_lfence();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
  return ticks_unfenced();
}

}  // namespace gosan::trace
