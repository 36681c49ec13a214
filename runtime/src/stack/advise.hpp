// madvise() of many ranges at once.
#pragma once

#include <sys/uio.h>

#include <cstddef>

namespace gosan::rt {

inline constexpr std::size_t most_ranges = 128;

// One call for all where the kernel lets a process advise itself so (Linux 6.15), else a call for each. False: the kernel does
// not know the advice, or refused it for some range. REQUIRES: n <= most_ranges.
bool advise_all(const iovec* ranges, std::size_t n, int advice) noexcept;
// The same for advice that is not worth a call for each: false also when it would take that.
bool advise_at_once(const iovec* ranges, std::size_t n, int advice) noexcept;

}  // namespace gosan::rt
