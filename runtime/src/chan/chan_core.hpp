// A channel's state. Rules (the shape is that of Go's runtime/chan.go, whose invariants these are):
//   * everything is guarded by `lock`, except what is constant after construction and the reference
//     count; `count`, `closed` and the heads of the queues are written under it and may be read
//     without it as hints (select, try_*);
//   * CHAN-1: one of `senders` and `receivers` is empty, except that one select may stand in both;
//   * CHAN-2: buffered: count > 0 implies that no receiver waits, count < capacity implies that no
//     sender waits;
//   * a waiter lies on its owner's stack. It is linked and unlinked under `lock` only. Who completes
//     it unlinks it, writes its result, and calls ready() last: then the owner may be gone;
//   * a select has one waiter per case and one word, `fired`, that decides who completes it: only
//     who changes it from 0 may;
//   * user code under the lock: an element's move constructor and destructor, nothing else.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>

#include "events/sink.hpp"
#include "gosan/detail/chan_core.hpp"
#include "gosan/detail/spin_lock.hpp"
#include "sched/run.hpp"
#include "sched/sched.hpp"
#include "sync/held_lock.hpp"

namespace gosan::detail {

// How a wait ended.
enum class outcome : std::uint8_t {
  done,    // the message was handed over
  closed,  // the channel was closed
  retry,   // select only: a partner's move threw after it had claimed the select: look again
  thrown,  // the sender's own move threw when a receiver made room for it: `error` goes to the
           // sender
};

struct select_wait {
  std::atomic<std::uint32_t> fired{0};
  std::uint32_t taken = 0;  // index of the case, written by who changed `fired`
};

struct waiter {
  waiter* next = nullptr;
  waiter* prev = nullptr;
  rt::goroutine* g = nullptr;
  events::actor_id actor = 0;     // id_of(g), in the recording library: whoever completes it need not look into g
  void* slot = nullptr;           // sender: the value; receiver: the landing
  select_wait* select = nullptr;  // null: a plain send or receive
  std::exception_ptr* error = nullptr;
  std::uint32_t index = 0;  // of the case
  outcome result = outcome::done;
  bool linked = false;
  bool disposes = false;  // it was the last user of a channel without handles
};

// FIFO of waiters.
class wait_queue {
 public:
  bool looks_empty() const noexcept { return head_.load(std::memory_order_relaxed) == nullptr; }
  waiter* front() const noexcept { return head_.load(std::memory_order_relaxed); }
  void push(waiter* w) noexcept {
    w->next = nullptr;
    w->prev = tail_;
    set_next(tail_, w);
    tail_ = w;
    w->linked = true;
  }
  void unlink(waiter* w) noexcept {
    set_next(w->prev, w->next);
    (w->next ? w->next->prev : tail_) = w->prev;
    w->linked = false;
  }

 private:
  void set_next(waiter* w, waiter* next) noexcept {
    if (w)
      w->next = next;
    else
      head_.store(next, std::memory_order_relaxed);
  }

  std::atomic<waiter*> head_{nullptr};  // atomic for the hints only
  waiter* tail_ = nullptr;
};

struct chan_core {
  // Constant after construction.
  const element_ops* ops = nullptr;
  std::size_t stride = 0;
  std::size_t capacity = 0;
  std::byte* buffer = nullptr;
  void (*dispose)(chan_core*) noexcept =
      nullptr;               // destroys and frees it, see owners in context/ and time/
  bool hide_buffer = false;  // a timer's channel: len and cap are 0 for its users

  // Own synchronisation.
  std::atomic<std::uint64_t> refs{1};
  events::object_tag tag;
  events::sink::object_uses* uses = nullptr;  // in the recording library; constant after construction
  // Set when the users of its handles use an object that goes with the last of them (a function, a context's values): who drops a
  // handle then says so, under this name. Elements of a channel have their slots for it. Constant after construction.
  events::object_tag* drops = nullptr;

  spin_lock lock;
  std::atomic<bool> closed{false};
  bool orphan = false;  // the last handle is gone, somebody still waits
  std::atomic<std::size_t> count{0};
  std::size_t head = 0, tail = 0;        // slots of the next receive and the next send
  std::uint64_t sent = 0, received = 0;  // message numbers, kept in the recording library only
  wait_queue senders, receivers;

  std::byte* slot(std::size_t i) const noexcept { return buffer + i * stride; }
  events::object_id id() noexcept { return events::id_of(tag); }
  bool has_value() const noexcept { return count.load(std::memory_order_relaxed) != 0; }
  bool full() const noexcept { return count.load(std::memory_order_relaxed) == capacity; }
  bool is_closed() const noexcept {
    const bool yes = closed.load(std::memory_order_acquire);  // [CHAN-CLOSED] meets close
    if (yes) edge_acquired(const_cast<std::atomic<bool>*>(&closed));
    return yes;
  }

  // Hints without the lock: false means that at one moment of the call the operation would have had
  // to wait. (Senders wait only with a full buffer, receivers only with an empty one, and closed
  // never turns false again.)
  bool may_recv() const noexcept { return has_value() || !senders.looks_empty() || is_closed(); }
  bool may_send() const noexcept { return !receivers.looks_empty() || !full() || is_closed(); }
};

// Sets up a core in memory of the owner's (context, timer): no buffer beyond `storage`.
void chan_init(chan_core* c, std::size_t capacity, const element_ops& ops, std::byte* storage,
               void (*dispose)(chan_core*) noexcept);

// What an operation under the lock has achieved, and whom the caller must wake once it has released
// the lock.
struct step {
  bool ready = false;  // the operation took place (also: the channel is closed)
  bool closed = false;
  bool met = false;    // a chan_sync has named whom to wake; in the recording library
  rt::goroutine* wake = nullptr;
  void finish() const noexcept {
    if (!wake) return;
    if constexpr (events::recording)
      if (met) return rt::ready_partner(wake);
    rt::ready(wake);
  }
};

// One attempt of an operation on behalf of `self`. Nothing has changed when ready is false, or when
// an element's move throws.
step try_send_locked(chan_core* c, void* from) GOSAN_REQUIRES(c->lock);
step try_recv_locked(chan_core* c, void* to) GOSAN_REQUIRES(c->lock);
// The same for a timer, which is no goroutine. The element must be plain.
step try_send_timer_locked(chan_core* c, const void* from, events::object_id timer) noexcept
    GOSAN_REQUIRES(c->lock);
// Drops the oldest element of a plain type. REQUIRES: there is one.
void drop_front_locked(chan_core* c) noexcept GOSAN_REQUIRES(c->lock);

// Throws the panic of a send on a closed channel.
[[noreturn]] void panic_send_closed();

// Ends a wait that is over: frees a channel whose handles are gone.
inline void after_wait(chan_core* c, const waiter& w) noexcept {
  if (w.disposes) [[unlikely]]
    c->dispose(c);
}
// True, once, when nobody is left who could use the channel.
inline bool abandoned(chan_core* c) noexcept GOSAN_REQUIRES(c->lock) {
  if (!c->orphan || !c->senders.looks_empty() || !c->receivers.looks_empty()) return false;
  c->orphan = false;
  return true;
}

// Gives up a handle. True: it was the last one and nobody waits: the caller disposes of the
// channel.
bool release_last(chan_core* c) noexcept;

// Destruction of what is left, for the owners' dispose functions.
void destroy_elements(chan_core* c) noexcept;

// Completes everybody in `q` because of a close, emits `tells` for each, and links them by `next`
// in front of `woken`.
void release_all(chan_core* c, wait_queue& q, events::kind tells, waiter*& woken) noexcept
    GOSAN_REQUIRES(c->lock);
// Marks the channel as closed. Returns whom to wake with wake_all() after the lock is released.
// REQUIRES: not closed.
waiter* close_locked(chan_core* c) noexcept GOSAN_REQUIRES(c->lock);
void wake_all(waiter* first) noexcept;

}  // namespace gosan::detail
