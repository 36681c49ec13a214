// What a signal of the process interrupts.
//
// The system hands it to the process's first thread where that does not block it, and that one only waits for main to end: the handler runs
// there. In a program without goroutines the same handler would have ended main's pause(), sleep() or read(). So the thread that main runs on
// is sent a signal of the runtime's after it.
#pragma once

#include <atomic>
#include <cstdint>

namespace gosan::rt {

// futex_wait without a limit, on the thread that waits for main: passes signals on.
void futex_wait_for_main(const std::atomic<std::uint32_t>* word, std::uint32_t expected) noexcept;

}  // namespace gosan::rt
