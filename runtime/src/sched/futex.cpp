#include "sched/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>

namespace gosan::rt {

bool futex_wait(const std::atomic<std::uint32_t>* word, std::uint32_t expected, std::int64_t until_ns) noexcept {
  const int saved = errno;
  timespec until{until_ns / 1000000000, until_ns % 1000000000};
  // The bitset form takes an absolute time of CLOCK_MONOTONIC, the clock of std::chrono::steady_clock.
  const bool ended = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, until_ns ? &until : nullptr, nullptr,
                             FUTEX_BITSET_MATCH_ANY) != 0;
  const bool by_signal = ended && errno == EINTR;
  errno = saved;
  return by_signal;
}

void futex_wake(const std::atomic<std::uint32_t>* word, int how_many) noexcept {
  const int saved = errno;
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, how_many, nullptr, nullptr, 0);
  errno = saved;
}

}  // namespace gosan::rt
