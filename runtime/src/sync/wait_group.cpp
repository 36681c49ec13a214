// wait_group: one word, and a queue behind a spin lock for those who wait.
//
//   state_   twice the counter, plus one while somebody waits
//
// It changes without the lock, but for two steps: a waiter sets the bit under guard_, and only
// while the counter is above zero; who brings the counter to zero with the bit set does so under guard_,
// clears the bit and takes the waiters out. So no waiter is missed, and who does not wake anybody
// touches nothing after the word: wait() may return, and the object go, at once.
//
// [WG-1] release of the change meets the acquire of wait(): what came before done() is visible.
//
// The recording library takes the lock always: the order of the events is that of the changes.
#include "gosan/sync.hpp"
#include "sync/panics.hpp"
#include "sync/sync_queue.hpp"

namespace gosan {

using namespace detail;
using events::kind;

namespace {

// An addition that does not start from zero tells the detectors nothing.
[[maybe_unused]] inline bool adds_unnoticed(std::int64_t n, std::int64_t after) {
  return n > 0 && after != n && !events::traced();
}

// Inlined: what calls add() is the event's innermost frame.
[[gnu::always_inline, maybe_unused]] inline void tell_change(events::object_id group,
                                                             std::int64_t n, std::int64_t after) {
  if (adds_unnoticed(n, after)) return;
  const auto seen = static_cast<std::uint64_t>(after);
  if (n < 0)
    emit_here(kind::wg_done, group, 0, seen);
  else
    events::emit({.what = kind::wg_add,
                  .stack = events::capture_stack(1),
                  .g = actor(),
                  .obj = group,
                  .a = static_cast<std::uint64_t>(n),
                  .b = seen});
}

}  // namespace

wait_group::~wait_group() {
  object_gone(gosan_id_, !queue_.empty(), "wait_group destroyed while a goroutine waits on it");
}

// False: the lock is needed, or it is misuse.
bool wait_group::try_add(std::int64_t n) noexcept {
  if constexpr (events::recording) return false;
  edge_releases(&guard_);
  std::int64_t seen = state_.load(std::memory_order_relaxed);  // only a guess
  for (;;) {
    const std::int64_t after = seen / 2 + n;
    if (after < 0 || (after == 0 && seen % 2 != 0)) return false;
    if (state_.compare_exchange_weak(seen, seen + 2 * n, std::memory_order_release,  // [WG-1]
                                     std::memory_order_relaxed))
      return true;
  }
}

void wait_group::add(std::int64_t n) {
  decision_point();
  if (try_add(n)) return;
  held_lock held(guard_);
  std::int64_t seen = state_.load(std::memory_order_relaxed), after;
  do {
    after = seen / 2 + n;
    if (after < 0) {
      emit_here(kind::wg_misuse, id_of(gosan_id_), 1);
      held.unlock();
      panic(panic_code::negative_wait_group);
    }
    if constexpr (events::recording) tell_change(id_of(gosan_id_), n, after);
  } while (!state_.compare_exchange_strong(seen, after == 0 ? 0 : seen + 2 * n,
                                           std::memory_order_release,  // [WG-1]
                                           std::memory_order_relaxed));
  sync_waiter* woken = after == 0 ? grant_all(queue_) : nullptr;
  held.unlock();
  ready_all(woken);
}

void wait_group::wait() {
  decision_point();
  held_lock held(guard_);
  std::int64_t seen = state_.load(std::memory_order_acquire);  // [WG-1]
  emit_here(kind::wg_wait_begin, id_of(gosan_id_), 0, static_cast<std::uint64_t>(seen / 2));
  while (seen % 2 == 0) {
    if (seen == 0) {
      edge_acquired(&guard_);  // also of those who came without the lock
      emit_here(kind::wg_wait, id_of(gosan_id_));
      return;
    }
    if (state_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire)) break;  // [WG-1]
  }
  sync_waiter w{.g = rt::self()};
  push_back(queue_, w);
  held.park(events::wait_reason::wait_group_wait, id_of(gosan_id_));

  // Also: the lock is what keeps this from returning, and the object from being destroyed, before
  // add() has left it.
  held_lock again(guard_);
  bool reused = state_.load(std::memory_order_acquire) != 0 || !queue_.empty();  // [WG-1]
  emit_here(reused ? kind::wg_misuse : kind::wg_wait, id_of(gosan_id_), reused ? 2 : 0);
  again.unlock();
  if (reused) panic(panic_code::wait_group_reused);
}

}  // namespace gosan
