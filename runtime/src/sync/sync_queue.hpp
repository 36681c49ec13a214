// The queue of waiters of a synchronisation object. All under the object's lock.
#pragma once

#include "gosan/detail/sync_base.hpp"
#include "sync/actor.hpp"
#include "sync/held_lock.hpp"

namespace gosan::detail {

inline void push_back(sync_queue& q, sync_waiter& w) noexcept {
  w.next = nullptr;
  w.prev = q.tail;
  (q.tail ? q.tail->next : q.head) = &w;
  q.tail = &w;
  w.linked = true;
}

inline void push_front(sync_queue& q, sync_waiter& w) noexcept {
  w.prev = nullptr;
  w.next = q.head;
  (q.head ? q.head->prev : q.tail) = &w;
  q.head = &w;
  w.linked = true;
}

inline void unlink(sync_queue& q, sync_waiter& w) noexcept {
  (w.prev ? w.prev->next : q.head) = w.next;
  (w.next ? w.next->prev : q.tail) = w.prev;
  w.linked = false;
}

inline sync_waiter* pop_front(sync_queue& q) noexcept {
  sync_waiter* w = q.head;
  if (w) unlink(q, *w);
  return w;
}

// Takes all waiters out, granted; the result is linked by `next`.
inline sync_waiter* grant_all(sync_queue& q) noexcept {
  sync_waiter* first = q.head;
  for (sync_waiter* w = first; w; w = w->next) {
    w->linked = false;
    w->granted = true;
  }
  q = {};
  return first;
}

// Wakes what grant_all has taken out. The lock is not held any more.
inline void ready_all(sync_waiter* first) noexcept {
  while (first) {
    sync_waiter* w = first;
    first = w->next;
    rt::ready(w->g);  // w is gone after this
  }
}

// For destructors: tells that the object is gone; ends the program when somebody still waits on it,
// except while the program ends anyway: then global objects go while other goroutines still stand
// in them.
void object_gone(std::uint64_t id, bool in_use, const char* what) noexcept;

}  // namespace gosan::detail
