#include "stack/advise.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <numeric>

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

namespace gosan::rt {
namespace {

// PIDFD_SELF_THREAD: the caller, whoever that is. A descriptor of our own would still mean the parent after a fork.
constexpr int myself = -10000;
constinit std::atomic<bool> at_once_works{true};  // a hint

}  // namespace

bool advise_at_once(const iovec* ranges, std::size_t n, int advice) noexcept {
  if (n == 0) return true;
  if (!at_once_works.load(std::memory_order_relaxed)) return false;
  const std::size_t all =
      std::accumulate(ranges, ranges + n, std::size_t{0}, [](std::size_t sum, const iovec& r) { return sum + r.iov_len; });
  const long done = syscall(SYS_process_madvise, myself, ranges, n, advice, 0U);
  if (done < 0) at_once_works.store(false, std::memory_order_relaxed);
  return done >= 0 && static_cast<std::size_t>(done) == all;
}

bool advise_all(const iovec* ranges, std::size_t n, int advice) noexcept {
  if (advise_at_once(ranges, n, advice)) return true;
  for (std::size_t i = 0; i < n; ++i)
    if (madvise(ranges[i].iov_base, ranges[i].iov_len, advice) != 0) return false;
  return true;
}

}  // namespace gosan::rt
