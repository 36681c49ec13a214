// Words that the program has left with the kernel and gets back later: the data of the events of epoll. Whoever is given one back can use
// it as an address, so a leak's proof takes them for roots: they are kept in a global, which is one.
#pragma once

#include <cstdint>

namespace gosan::intercept::kernel_held {

// Descriptor `fd` of `poller` has this word from now on; 0: none. Returns the word it had.
std::uint64_t keep(int poller, int fd, std::uint64_t word) noexcept;
// False when there were more than there is room for: nothing can be proven then.
bool all_kept() noexcept;

}  // namespace gosan::intercept::kernel_held
