#include "gosan/sync.hpp"
#include "sync/sync_queue.hpp"

namespace gosan {

using namespace detail;
using events::kind;

barrier::~barrier() {
  object_gone(gosan_id_, !queue_.empty(), "barrier destroyed while a goroutine waits at it");
}

bool barrier::arrive_and_wait() noexcept {
  decision_point();
  held_lock held(guard_);
  std::uint64_t phase = phase_;
  emit_here(kind::barrier_arrive, id_of(gosan_id_), phase);
  bool last = --missing_ == 0;
  if (last) {
    emit_here(kind::barrier_leave, id_of(gosan_id_), phase);
    sync_waiter* woken = next_round();
    held.unlock();
    ready_all(woken);
    return true;
  }
  sync_waiter w{.g = rt::self()};
  push_back(queue_, w);
  held.park(events::wait_reason::barrier_wait, id_of(gosan_id_));
  emit_here(kind::barrier_leave, id_of(gosan_id_), phase);
  return false;
}

void barrier::arrive_and_drop() noexcept {
  decision_point();
  held_lock held(guard_);
  emit_here(kind::barrier_arrive, id_of(gosan_id_), phase_);
  --expected_;
  sync_waiter* woken = --missing_ == 0 ? next_round() : nullptr;
  held.unlock();
  ready_all(woken);
}

// Under guard_.
sync_waiter* barrier::next_round() noexcept {
  missing_ = expected_;
  ++phase_;
  return grant_all(queue_);
}

}  // namespace gosan
