#include "gosan/sync.hpp"
#include "sync/panics.hpp"
#include "sync/sync_queue.hpp"

namespace gosan {

using namespace detail;
using events::kind;

wait_group::~wait_group() {
  object_gone(gosan_id_, !queue_.empty(), "wait_group destroyed while a goroutine waits on it");
}

void wait_group::add(std::int64_t n) {
  decision_point();
  held_lock held(guard_);
  std::int64_t after = count_ + n;
  if (after < 0) {
    emit_here(kind::wg_misuse, id_of(gosan_id_), 1);
    held.unlock();
    panic(panic_code::negative_wait_group);
  }
  if constexpr (events::recording) {
    auto seen = static_cast<std::uint64_t>(after);
    if (n < 0)
      emit_here(kind::wg_done, id_of(gosan_id_), 0, seen);
    else
      events::emit({.what = kind::wg_add,
                    .stack = events::capture_stack(1),
                    .g = actor(),
                    .obj = id_of(gosan_id_),
                    .a = static_cast<std::uint64_t>(n),
                    .b = seen});
  }
  count_ = after;
  sync_waiter* woken = after == 0 ? grant_all(queue_) : nullptr;
  held.unlock();
  ready_all(woken);
}

void wait_group::wait() {
  decision_point();
  held_lock held(guard_);
  emit_here(kind::wg_wait_begin, id_of(gosan_id_), 0, static_cast<std::uint64_t>(count_));
  if (count_ == 0) {
    emit_here(kind::wg_wait, id_of(gosan_id_));
    return;
  }
  sync_waiter w{.g = rt::self()};
  push_back(queue_, w);
  held.park(events::wait_reason::wait_group_wait, id_of(gosan_id_));

  // Also: the lock is what keeps this from returning, and the object from being destroyed, before
  // add() has left it.
  held_lock again(guard_);
  bool reused = count_ != 0 || !queue_.empty();
  emit_here(reused ? kind::wg_misuse : kind::wg_wait, id_of(gosan_id_), reused ? 2 : 0);
  again.unlock();
  if (reused) panic(panic_code::wait_group_reused);
}

}  // namespace gosan
