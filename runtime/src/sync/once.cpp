#include "gosan/sync.hpp"
#include "sync/sync_queue.hpp"

namespace gosan {

using namespace detail;
using events::kind;

once::~once() {
  object_gone(gosan_id_, !queue_.empty(), "once destroyed while a goroutine waits on it");
}

bool once::begin() noexcept {
  decision_point();
  // [ONCE-1] acquire: meets the release store in end().
  if (state_.load(std::memory_order_acquire) != state::done) {
    held_lock held(guard_);
    if (state_.load(std::memory_order_relaxed) == state::fresh) {
      state_.store(state::running, std::memory_order_relaxed);
      // Relaxed: for reports and proofs, which stop the world.
      if constexpr (events::recording) events::sink::uses_of(id_of(gosan_id_))->last_sender.store(actor(), std::memory_order_relaxed);
      return true;
    }
    if (state_.load(std::memory_order_relaxed) == state::running) {
      sync_waiter w{.g = rt::self()};
      push_back(queue_, w);
      held.park(events::wait_reason::once_call, id_of(gosan_id_));
    }
  }
  edge_acquired(this);
  emit_here(kind::once_seen, id_of(gosan_id_));
  return false;
}

void once::end() noexcept {
  held_lock held(guard_);
  emit_here(kind::once_done, id_of(gosan_id_));
  edge_releases(this);
  state_.store(state::done, std::memory_order_release);  // [ONCE-1]
  sync_waiter* woken = grant_all(queue_);
  held.unlock();
  ready_all(woken);
}

}  // namespace gosan
