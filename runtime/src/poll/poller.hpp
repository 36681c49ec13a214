// The network poller: goroutines wait for file descriptors in epoll, not in threads.
//
// One descriptor may have one waiting reader and one waiting writer. Registration is one-shot: each wait arms it anew, so a
// descriptor that was closed and reused costs at most a spurious wake-up. Who polls: the keeper, the idle worker that also
// sleeps for timers; every 64th schedule of busy workers; the monitor when nobody is idle.
#pragma once

#include <chrono>
#include <cstdint>

namespace gosan::rt {

struct worker;

enum class direction : std::uint8_t { read, write };

// Parks until the descriptor is ready (true) or the deadline has passed (false; time_point::max() = none). A descriptor that
// epoll does not take, a regular file, is always ready. Throws std::system_error for a bad one.
bool wait_for(int fd, direction d, std::chrono::steady_clock::time_point deadline);

// Makes ready whose descriptors are; sleeps at most until `until_ns` (0 = not at all, INT64_MAX = for ever) or interrupt_poll(). A
// worker that is at rest meanwhile names itself: it does not make anybody ready while the world is stopped.
void poll_descriptors(std::int64_t until_ns, worker* at_rest = nullptr) noexcept;
void interrupt_poll() noexcept;

}  // namespace gosan::rt
