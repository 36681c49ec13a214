// Memory for the many small things of the detector: nodes of clocks, slots, states of actors. Each thread keeps short lists of
// free blocks, so that the usual case takes no lock.
#pragma once

#include <cstddef>

namespace gosan::race::pool {
void* allocate(std::size_t n) noexcept;  // aligned to 16
void release(void* p, std::size_t n) noexcept;
// Gives this thread's lists back. At a thread's end.
void thread_ended() noexcept;
}  // namespace gosan::race::pool
