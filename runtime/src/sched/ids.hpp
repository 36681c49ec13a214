// Who runs here, without a call.
#pragma once

#include "sched/worker.hpp"

namespace gosan::rt {

// self_id(). REQUIRES: the caller is never inlined and does not switch: a compiler may keep the address of a thread_local across a switch
// to another thread.
[[gnu::always_inline]] inline events::actor_id self_id_here() noexcept {
  if (const worker* w = tl_worker) [[likely]]
    if (const goroutine* g = w->current()) [[likely]] return g->id;
  return self_id();
}

}  // namespace gosan::rt
