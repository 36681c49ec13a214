// What the synchronisation objects are made of.
#pragma once

#include <atomic>
#include <cstdint>

#include "gosan/detail/spin_lock.hpp"

namespace gosan::rt {
struct goroutine;
}

namespace gosan::detail {

// Lies on the stack of who waits. Everything in it is guarded by the lock of the object waited for,
// until it is unlinked and woken: after that it belongs to the waiter again.
struct sync_waiter {
  sync_waiter* next = nullptr;
  sync_waiter* prev = nullptr;
  rt::goroutine* g = nullptr;
  std::uint64_t amount = 0;  // units of a semaphore, id of a condition's lock
  bool linked = false;
  bool parked = false;   // only set where a wait is announced before it parks (conditions)
  bool granted = false;  // it holds now what it waited for
};

// FIFO of waiters.
struct sync_queue {
  sync_waiter* head = nullptr;
  sync_waiter* tail = nullptr;
  bool empty() const noexcept { return head == nullptr; }
};

// The common part of every object: its own lock, and its identity in events. Not copied with the
// object.
struct sync_base {
  constexpr sync_base() noexcept = default;
  sync_base(const sync_base&) = delete;
  sync_base& operator=(const sync_base&) = delete;

  std::uint64_t gosan_id_ = 0;  // given by the recording library at the first event
  spin_lock guard_;
};

}  // namespace gosan::detail
