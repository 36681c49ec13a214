// Stops the process's other threads by a signal, wherever they are, and knows their registers meanwhile. For threads the
// scheduler does not know: its own workers it brings to rest itself.
#pragma once

#include <signal.h>

#include <cstdint>
#include <span>

#include "live/scratch.hpp"

namespace gosan::live {

// The signal for it; a thread that blocks all others must let it through, or nothing can be proven.
int stop_signal() noexcept;

class stopped_threads {
 public:
  // Stops all but the caller and those for which `at_rest` is true of their thread id. Does not allocate from the heap. Meanwhile no
  // handler runs on the caller: it could wait for a lock that one of the stopped holds.
  explicit stopped_threads(bool (*at_rest)(int tid)) noexcept;
  ~stopped_threads();  // they go on
  stopped_threads(const stopped_threads&) = delete;
  stopped_threads& operator=(const stopped_threads&) = delete;

  bool all() const noexcept { return all_; }  // false when one did not stop in time
  // What the registers of the stopped threads held.
  std::span<const std::uintptr_t> registers() const noexcept;
  // Of the thread that was stopped on the stack from `low` to `high`; 0 when none was.
  std::uintptr_t stack_pointer_in(std::uintptr_t low, std::uintptr_t high) const noexcept;

 private:
  bool all_ = false;
  sigset_t before_;  // what the caller held back by itself
};

}  // namespace gosan::live
