// What a signal of the process interrupts.
//
// The system hands it to the process's first thread where that does not block it, and that one only waits for main to end: the handler runs
// there. In a program without goroutines the same handler would have ended main's pause(), sleep() or read(). So the thread that main runs on
// is sent a signal of the runtime's after it.
#pragma once

#include <signal.h>

#include <atomic>
#include <cstdint>

namespace gosan::rt {

// futex_wait without a limit, on the thread that waits for main: passes signals on.
void futex_wait_for_main(const std::atomic<std::uint32_t>* word, std::uint32_t expected) noexcept;

// The calling thread, and what it starts, blocks those that the system may hand to any thread, until `before` is its mask again. Faults and
// the signals that stop the world are sent to the thread that they are for.
void hold_signals_back(sigset_t& before) noexcept;
// The same while a worker is started: on a thread that is none yet no handler of the program's runs. `its` is the mask for it: the caller's,
// or, since the monitor takes no handlers ever, the one of who has started the last worker or the monitor itself.
void hold_signals_back_for_worker(sigset_t& before, sigset_t& its) noexcept;
// The calling thread is the monitor, which was started where `before` was the mask.
void hold_back_for_ever(const sigset_t& before) noexcept;

}  // namespace gosan::rt
