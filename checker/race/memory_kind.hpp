// What a piece of memory is, in words for a report.
#pragma once

#include <cstdint>

#include "gosan/finding.hpp"

namespace gosan::race {
// `what` is empty when nothing is known.
described_object describe_memory(std::uintptr_t address);
// Whether a thread-local variable of the calling thread lies there.
bool is_in_own_thread_block(std::uintptr_t address) noexcept;
}  // namespace gosan::race
