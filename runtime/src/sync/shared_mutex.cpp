// shared_mutex: all state under guard_. The lock is always handed over: who unlocks changes the
// state for those it wakes.
//
// INVARIANT: a writer waits only while somebody holds the lock; a reader waits only while a writer
// holds it or waits.
#include "gosan/sync.hpp"
#include "sync/panics.hpp"
#include "sync/sync_queue.hpp"

namespace gosan {
namespace {

using namespace detail;
using events::kind;
constexpr auto write_mode = events::lock_mode::write, read_mode = events::lock_mode::read;

}  // namespace

shared_mutex::~shared_mutex() {
  object_gone(gosan_id_, !waiting_writers_.empty() || !waiting_readers_.empty(),
              "shared_mutex destroyed while a goroutine waits for it");
}

void shared_mutex::lock() noexcept {
  decision_point();
  {
    held_lock held(guard_);
    if (!writer_ && readers_ == 0) {
      writer_ = true;
    } else {
      sync_waiter w{.g = rt::self()};
      push_back(waiting_writers_, w);
      held.park(events::wait_reason::exclusive_lock, id_of(gosan_id_));
    }
  }
  emit_acquired(id_of(gosan_id_), write_mode);
}

bool shared_mutex::try_lock() noexcept {
  decision_point();
  {
    spin_guard held(guard_);
    if (writer_ || readers_ != 0) return false;
    writer_ = true;
  }
  emit_acquired(id_of(gosan_id_), write_mode, events::flag_try);
  return true;
}

void shared_mutex::unlock() {
  decision_point();
  held_lock held(guard_);
  if (!writer_) {
    emit_here(kind::lock_misuse, id_of(gosan_id_), static_cast<std::uint64_t>(write_mode));
    held.unlock();
    panic(panic_code::unlock_of_unlocked);
  }
  emit_released(id_of(gosan_id_), write_mode);
  sync_waiter* woken = nullptr;
  if (!waiting_readers_.empty()) {
    writer_ = false;
    woken = grant_all(waiting_readers_);
    for (sync_waiter* w = woken; w; w = w->next) ++readers_;
  } else if ((woken = pop_front(waiting_writers_))) {
    woken->next = nullptr;  // writer_ stays true: it is the woken one's now
  } else {
    writer_ = false;
  }
  held.unlock();
  ready_all(woken);
}

void shared_mutex::lock_shared() noexcept {
  decision_point();
  {
    held_lock held(guard_);
    if (!writer_ && waiting_writers_.empty()) {
      ++readers_;
    } else {
      sync_waiter w{.g = rt::self()};
      push_back(waiting_readers_, w);
      held.park(events::wait_reason::shared_lock, id_of(gosan_id_));
    }
  }
  emit_acquired(id_of(gosan_id_), read_mode);
}

bool shared_mutex::try_lock_shared() noexcept {
  decision_point();
  {
    spin_guard held(guard_);
    if (writer_ || !waiting_writers_.empty()) return false;
    ++readers_;
  }
  emit_acquired(id_of(gosan_id_), read_mode, events::flag_try);
  return true;
}

void shared_mutex::unlock_shared() {
  decision_point();
  held_lock held(guard_);
  if (readers_ == 0) {
    emit_here(kind::lock_misuse, id_of(gosan_id_), static_cast<std::uint64_t>(read_mode));
    held.unlock();
    panic(panic_code::unlock_of_unlocked);
  }
  emit_released(id_of(gosan_id_), read_mode);
  sync_waiter* woken = nullptr;
  if (--readers_ == 0 && (woken = pop_front(waiting_writers_))) {
    writer_ = true;
    woken->next = nullptr;
  }
  held.unlock();
  ready_all(woken);
}

}  // namespace gosan

std::uint64_t gosan::detail::sync_access::id(shared_mutex& m) noexcept {
  return detail::id_of(m.gosan_id_);
}
