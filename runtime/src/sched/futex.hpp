// The futex system call: sleep while a word has a value, wake who sleeps on it.
#pragma once

#include <atomic>
#include <cstdint>

namespace gosan::rt {

// Sleeps while *word == expected, until woken, a signal, or the absolute steady-clock time in ns (0 = no limit).
// May return without reason; the caller looks again. Keeps errno. True: a signal's handler ended it. After a handler with SA_RESTART only a
// wait with a limit ends, however far the limit.
bool futex_wait(const std::atomic<std::uint32_t>* word, std::uint32_t expected, std::int64_t until_ns = 0) noexcept;
void futex_wake(const std::atomic<std::uint32_t>* word, int how_many) noexcept;

}  // namespace gosan::rt
