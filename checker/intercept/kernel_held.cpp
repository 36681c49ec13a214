#include "intercept/kernel_held.hpp"

#include <atomic>
#include <mutex>
#include <utility>

#include "live/spin_lock.hpp"

namespace gosan::intercept::kernel_held {
namespace {

// Found by its key, which stays when the word goes.
struct entry {
  std::uint64_t key;  // 0: free
  std::uint64_t word;
};
constexpr std::size_t room = std::size_t{1} << 15;
entry held[room];  // guarded by mu; read by a proof, which has stopped everybody
constinit live::spin_lock mu;
constinit std::atomic<bool> overflown{false};

// Inverted: the table is a root, and no address looks like this.
std::uint64_t key_of(int poller, int fd) noexcept {
  return ~(std::uint64_t{static_cast<std::uint32_t>(poller)} << 32 | static_cast<std::uint32_t>(fd));
}

}  // namespace

std::uint64_t keep(int poller, int fd, std::uint64_t word) noexcept {
  const std::uint64_t key = key_of(poller, fd);
  const std::lock_guard hold(mu);
  for (std::size_t i = 0, at = key * 0x9E3779B97F4A7C15u >> 49; i < room; ++i, at = (at + 1) % room) {
    if (held[at].key && held[at].key != key) continue;
    held[at].key = key;
    return std::exchange(held[at].word, word);
  }
  overflown.store(true, std::memory_order_relaxed);  // seen by the next proof or the one after
  return 0;
}

bool all_kept() noexcept { return !overflown.load(std::memory_order_relaxed); }

}  // namespace gosan::intercept::kernel_held
