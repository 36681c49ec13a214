// What the sink calls of the race detector. All of it may be called from any thread, never parks and never allocates from
// the user's allocator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "events/event.hpp"

namespace gosan::race {

// Every event, when the detector is on. `at`: a frame of the caller's, from which its stack is walked; null for that of this function.
void on_event(const events::event& e, const void* at = nullptr) noexcept;
// The same of a chan_send, for a chan_send_begin of the same moment and it: the commonest of all.
void on_begun_and_sent(const events::event& e, const void* at) noexcept;
// The same of a lock that is taken or given up.
void on_lock(const events::event& e, const void* at) noexcept;
// See events::sink.
void memory_fresh(const void* p, std::size_t n) noexcept;
void ignore_begin() noexcept;
void ignore_end() noexcept;

// Races on these bytes are meant by the user, who says why.
void benign_race(const void* p, std::size_t n, const char* why) noexcept;

std::uint64_t instrumented_modules() noexcept;
// Idempotent; also called by the constructor of every instrumented module, which may come first.
void at_start() noexcept;
[[noreturn]] void version_mismatch(std::uint32_t abi) noexcept;
// Adds what was not checked, and why: a sentence each.
void not_checked(std::vector<std::string>& notes);
// Adds to the report's footer.
void at_exit(std::vector<std::pair<std::string, std::uint64_t>>& footer) noexcept;

}  // namespace gosan::race
