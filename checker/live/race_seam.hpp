// What the sink calls of the race detector. Defined by checker/race/; weak here, so that the sink is tested and linked
// without it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "events/event.hpp"

namespace gosan::race {

using counts = std::vector<std::pair<std::string, std::uint64_t>>;

[[gnu::weak]] void on_event(const events::event& e, const void* at) noexcept;
// The same of a lock that is taken or given up.
[[gnu::weak]] void on_lock(const events::event& e, const void* at) noexcept;
// The same of a chan_send, for a chan_send_begin of the same moment and it.
[[gnu::weak]] void on_begun_and_sent(const events::event& e, const void* at) noexcept;
[[gnu::weak]] void memory_fresh(const void* p, std::size_t n) noexcept;
[[gnu::weak]] void ignore_begin() noexcept;
[[gnu::weak]] void ignore_end() noexcept;
// The user's word that races on these bytes are meant.
[[gnu::weak]] void benign_race(const void* p, std::size_t n, const char* why) noexcept;
// Modules that were compiled with the pass.
[[gnu::weak]] std::uint64_t instrumented_modules() noexcept;
[[gnu::weak]] void at_start() noexcept;
// Adds what was not checked, and why: a sentence each.
[[gnu::weak]] void not_checked(std::vector<std::string>& notes);
// Adds what the footer should tell: bytes of shadow, accesses not checked.
[[gnu::weak]] void at_exit(counts& footer) noexcept;

}  // namespace gosan::race
