#include "race/thread_variables.hpp"

#include <errno.h>

#include <new>

#include "live/live.hpp"
#include "race/actors.hpp"
#include "race/memory_kind.hpp"
#include "race/pool.hpp"

namespace gosan::race {

// glibc keeps them at the upper end of the thread's stack, above all frames.
thread_variables* thread_variables::of_this_worker() noexcept {
  thread_view& t = __gosan_thread;
  if (t.variables) return t.variables;
  const int saved = errno;  // a goroutine's, which is about to run
  const events::stack_range stack = live::thread_stack();
  errno = saved;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here < stack.low || here >= stack.high) return nullptr;
  auto* v = new (pool::allocate(sizeof(thread_variables))) thread_variables;  // never freed, as the worker
  v->low_ = here;
  v->high_ = stack.high;
  return t.variables = v;
}

bool thread_variables::lie_elsewhere(std::uintptr_t p) noexcept { return is_in_own_thread_block(p); }

const clock& thread_variables::known_to(const actor_state& running) noexcept {
  past_.join(running.past, no_epoch);
  used_ = true;
  return past_;
}

void thread_variables::left_by(actor_state& g) noexcept {
  if (!used_) return;
  used_ = false;
  actors::release_merge(g, past_);
}

}  // namespace gosan::race
