// Thread-local variables of a worker, as the goroutines that run on it access them.
//
// C++ orders what one thread does, whichever goroutine it does it for: two goroutines that use a worker's thread-local random numbers, one
// after the other, do not race. The worker has a clock for these variables only, so that this orders nothing else between the goroutines,
// and who gets at them from another thread by an address still races:
//
//   a goroutine accesses one       it knows, for this access, what the worker's clock knows
//   it leaves the worker           the clock learns what it knows, when it has accessed one
//
// Variables of a module that was loaded later may lie elsewhere: they are looked for when a conflict was found.
#pragma once

#include "race/clock.hpp"
#include "race/shadow_layout.hpp"

namespace gosan::race {

struct actor_state;

class thread_variables {
 public:
  // Of the calling worker; made at the first call. Null when its stack is not known.
  static thread_variables* of_this_worker() noexcept;

  bool hold(std::uintptr_t p) const noexcept { return p >= low_ && p < high_; }
  // Whether one of a module that was loaded later is at `p`. REQUIRES: !hold(p). Slow.
  static bool lie_elsewhere(std::uintptr_t p) noexcept;
  // The running goroutine accesses one. What is known to it then.
  const clock& known_to(const actor_state& running) noexcept;
  // The goroutine stops running here.
  void left_by(actor_state& g) noexcept;

 private:
  std::uintptr_t low_ = 0, high_ = 0;
  clock past_;
  bool used_ = false;  // by the goroutine that runs
};

}  // namespace gosan::race
