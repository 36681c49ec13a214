// Sending and receiving.
#include <cstring>

#include "chan/chan_core.hpp"
#include "sched/ids.hpp"
#include "sync/actor.hpp"
#include "sync/panics.hpp"

namespace gosan::detail {
namespace {

using events::kind;

// Copies the bytes of a plain element. The common sizes are one load and one store, not a call.
inline void copy_plain(void* to, const void* from, std::size_t n) noexcept {
  if (n == 8) {
    std::memcpy(to, from, 8);
  } else if (n == 4) {
    std::memcpy(to, from, 4);
  } else if (n != 0) {
    std::memcpy(to, from, n);
  }
}

// The three moves an element can make. The accesses are the channel's business, not the user's.
inline void move_to_slot(chan_core* c, void* slot, void* from) {
  if (!c->ops->put) return copy_plain(slot, from, c->stride);
  events::ignore_scope ignore;
  c->ops->put(slot, from);
}
inline void move_to_landing(chan_core* c, void* landing, void* from) {
  if (!c->ops->take) return copy_plain(landing, from, c->stride);
  events::ignore_scope ignore;
  c->ops->take(landing, from);
}
inline void destroy_slot(chan_core* c, void* slot) noexcept {
  if (!c->ops->destroy) return;
  events::ignore_scope ignore;
  c->ops->destroy(slot);
}

inline std::size_t after(const chan_core* c, std::size_t i) noexcept {
  return i + 1 == c->capacity ? 0 : i + 1;
}
inline void set_count(chan_core* c, std::size_t n) noexcept {
  c->count.store(n, std::memory_order_relaxed);
}

// actor() of the two attempts below, which are never inlined and do not switch, and of what they call.
[[maybe_unused]] inline events::actor_id actor_here() noexcept {
  if constexpr (events::recording) return rt::self_id_here();
  return 0;
}
// What a completed transfer tells; all under the lock. Nothing in the plain library.
[[maybe_unused, gnu::noinline]] void tell(events::actor_id g, kind what, chan_core* c, std::uint64_t a, events::stack_id stack) noexcept {
  if constexpr (events::recording) events::sink::emit({.what = what, .stack = stack, .g = g, .obj = c->id(), .a = a});
}
[[maybe_unused]] inline void emit_for(events::actor_id g, kind what, chan_core* c, std::uint64_t a = 0, events::stack_id stack = 0) noexcept {
  if constexpr (events::recording)
    if (events::wants(what)) tell(g, what, c, a, stack);
}
// Only what changes is written: the words of a busy channel stay shared between processors.
[[maybe_unused]] inline void note_use(std::atomic<events::actor_id>& last, events::actor_id g) noexcept {
  if (last.load(std::memory_order_relaxed) != g) last.store(g, std::memory_order_relaxed);
}
// A parked select has not announced its send yet; a plain sender has, before it parked.
void emit_send_begin(chan_core* c, const waiter& parked) noexcept {
  if constexpr (events::recording)
    if (parked.select) emit_for(parked.actor, kind::chan_send_begin, c);
}
inline void emit_sent(chan_core* c, [[maybe_unused]] events::actor_id g) noexcept {
  if constexpr (events::recording) {
    note_use(c->uses->last_sender, g);
    emit_for(g, kind::chan_send, c, c->sent++);
  }
}
// The same of who runs here, and that he was about to: one look at what is wanted for both.
[[maybe_unused, gnu::noinline]] void tell_sent(chan_core* c, events::actor_id g) noexcept {
  if constexpr (events::recording) {
    note_use(c->uses->last_sender, g);
    events::sink::emit_begun_and_sent({.what = kind::chan_send, .g = g, .obj = c->id(), .a = c->sent++});
  }
}
inline void emit_begun_and_sent(chan_core* c) noexcept {
  if constexpr (events::recording) {
    const events::actor_id g = actor_here();
    if (events::wants_any(kind::chan_send_begin, kind::chan_send)) [[unlikely]] return tell_sent(c, g);
    note_use(c->uses->last_sender, g);
    ++c->sent;
  }
}
inline void emit_received(chan_core* c, [[maybe_unused]] events::actor_id g) noexcept {
  if constexpr (events::recording) {
    note_use(c->uses->last_receiver, g);
    emit_for(g, kind::chan_recv, c, c->received++);
  }
}
[[maybe_unused, gnu::noinline]] void tell_meeting(chan_core* c, bool g_sends, events::actor_id g, events::actor_id b, std::uint64_t number) noexcept {
  if constexpr (events::recording)
    events::sink::emit({.what = kind::chan_sync,
                        .flags = g_sends ? events::flag_g_sends : std::uint16_t{0},
                        .g = g,
                        .obj = c->id(),
                        .a = number,
                        .b = b});
}
inline void emit_rendezvous(chan_core* c, [[maybe_unused]] const waiter& parked, [[maybe_unused]] bool g_sends) noexcept {
  if constexpr (events::recording) {
    const events::actor_id g = actor_here(), b = parked.actor;
    note_use(c->uses->last_sender, g_sends ? g : b);
    note_use(c->uses->last_receiver, g_sends ? b : g);
    const std::uint64_t number = c->sent++;
    if (events::wants(kind::chan_sync)) tell_meeting(c, g_sends, g, b, number);
  }
}

// The first waiter that can be completed. A select is claimed by this: nobody else can complete it
// any more. Selects that were completed elsewhere are taken out.
waiter* claim(wait_queue& q) noexcept {
  while (waiter* w = q.front()) {
    if (!w->select) return w;
    std::uint32_t expected = 0;
    // [SELECT-1] acq_rel between those who compete for the select; its owner reads `taken` after
    // its park returned.
    if (w->select->fired.compare_exchange_strong(expected, 1, std::memory_order_acq_rel,
                                                 std::memory_order_acquire))
      return w;
    q.unlink(w);
  }
  return nullptr;
}

rt::goroutine* complete(chan_core* c, wait_queue& q, waiter* w, outcome result) noexcept
    GOSAN_REQUIRES(c->lock) {
  q.unlink(w);
  w->result = result;
  if (w->select) w->select->taken = w->index;
  w->disposes = abandoned(c);
  return w->g;
}

// A move threw after `w` was claimed: a plain waiter simply goes on waiting, a select has to look
// again.
void unclaim(chan_core* c, wait_queue& q, waiter* w) noexcept GOSAN_REQUIRES(c->lock) {
  if (w->select) rt::ready(complete(c, q, w, outcome::retry));
}

void hand_to_receiver(chan_core* c, waiter* w, void* from) GOSAN_REQUIRES(c->lock) {
  try {
    move_to_landing(c, w->slot, from);
  } catch (...) {
    unclaim(c, c->receivers, w);
    throw;
  }
}

void take_from_sender(chan_core* c, waiter* w, void* to) GOSAN_REQUIRES(c->lock) {
  try {
    move_to_landing(c, to, w->slot);
  } catch (...) {
    unclaim(c, c->senders, w);
    throw;
  }
}

// A slot became free: the first waiting sender gets it. A sender whose move throws gets its own
// exception, the next one the slot.
rt::goroutine* refill(chan_core* c) noexcept GOSAN_REQUIRES(c->lock) {
  while (waiter* w = claim(c->senders)) {
    try {
      move_to_slot(c, c->slot(c->tail), w->slot);
    } catch (...) {
      *w->error = std::current_exception();
      rt::ready(complete(c, c->senders, w, outcome::thrown));
      continue;
    }
    c->tail = after(c, c->tail);
    set_count(c, c->count.load(std::memory_order_relaxed) + 1);
    emit_send_begin(c, *w);
    emit_sent(c, w->actor);
    return complete(c, c->senders, w, outcome::done);
  }
  return nullptr;
}

[[noreturn]] void wait_for_ever(events::wait_reason why) noexcept {
  for (;;) rt::park(why, 0, [](rt::goroutine*, void*) { return true; }, nullptr);
}

}  // namespace

[[gnu::noinline]] step try_send_locked(chan_core* c, void* from) {
  if (c->closed.load(std::memory_order_relaxed)) [[unlikely]] {
    emit_here(kind::chan_send_closed, c->id());
    return {.ready = true, .closed = true};
  }
  if (waiter* w = claim(c->receivers)) {
    hand_to_receiver(c, w, from);
    const bool meets = c->capacity == 0;
    if (meets) {
      if (events::wants(kind::chan_send_begin)) [[unlikely]] emit_for(actor_here(), kind::chan_send_begin, c);
      emit_rendezvous(c, *w, true);
    } else {
      emit_begun_and_sent(c);
      emit_received(c, w->actor);
    }
    return {.ready = true, .met = events::recording && meets, .wake = complete(c, c->receivers, w, outcome::done)};
  }
  std::size_t n = c->count.load(std::memory_order_relaxed);
  if (n == c->capacity) return {};
  move_to_slot(c, c->slot(c->tail), from);
  c->tail = after(c, c->tail);
  set_count(c, n + 1);
  emit_begun_and_sent(c);
  return {.ready = true};
}

[[gnu::noinline]] step try_recv_locked(chan_core* c, void* to) {
  if (std::size_t n = c->count.load(std::memory_order_relaxed)) {
    std::byte* slot = c->slot(c->head);
    move_to_landing(c, to, slot);
    destroy_slot(c, slot);
    c->head = after(c, c->head);
    set_count(c, n - 1);
    emit_received(c, actor_here());
    return {.ready = true, .wake = c->senders.looks_empty() ? nullptr : refill(c)};
  }
  if (waiter* w = claim(c->senders)) {
    take_from_sender(c, w, to);
    emit_send_begin(c, *w);
    emit_rendezvous(c, *w, false);
    return {.ready = true, .met = events::recording, .wake = complete(c, c->senders, w, outcome::done)};
  }
  if (!c->closed.load(std::memory_order_relaxed)) return {};
  emit_here(kind::chan_recv_closed, c->id());
  return {.ready = true, .closed = true};
}

step try_send_timer_locked(chan_core* c, const void* from,
                           [[maybe_unused]] events::object_id timer) noexcept {
  auto tell = [&] {
    if constexpr (events::recording)
      events::emit({.what = kind::chan_send_timer, .obj = c->id(), .a = c->sent++, .b = timer});
  };
  if (waiter* w = claim(c->receivers)) {
    copy_plain(w->slot, from, c->stride);
    tell();
    emit_received(c, w->actor);
    return {.ready = true, .wake = complete(c, c->receivers, w, outcome::done)};
  }
  if (c->full()) return {};
  copy_plain(c->slot(c->tail), from, c->stride);
  c->tail = after(c, c->tail);
  set_count(c, c->count.load(std::memory_order_relaxed) + 1);
  tell();
  return {.ready = true};
}

void drop_front_locked(chan_core* c) noexcept {
  c->head = after(c, c->head);
  set_count(c, c->count.load(std::memory_order_relaxed) - 1);
  if constexpr (events::recording) ++c->received;
}

void release_all(chan_core* c, wait_queue& q, kind tells, waiter*& woken) noexcept {
  while (waiter* w = claim(q)) {
    if constexpr (events::recording) {
      // Its panic is told here, by the one who closes: the stack is that of the send.
      const events::stack_id where = tells == kind::chan_send_closed ? rt::stack_of_parked(w->g) : 0;
      emit_for(w->actor, tells, c, 0, where);
    }
    complete(c, q, w, outcome::closed);
    w->next = woken;
    woken = w;
  }
}

void panic_send_closed() { panic(panic_code::send_on_closed); }

void chan_send(chan_core* c, void* from) {
  if (!c) wait_for_ever(events::wait_reason::chan_send_nil);
  decision_point();
  step s;
  {
    held_lock held(c->lock);
    s = try_send_locked(c, from);
    if (!s.ready) {
      std::exception_ptr error;
      rt::goroutine* const me = rt::self();
      waiter w{.g = me, .actor = actor_of(me), .slot = from, .error = &error};
      emit_here(kind::chan_send_begin, c->id());
      c->senders.push(&w);
      held.park(events::wait_reason::chan_send, c->id());
      after_wait(c, w);
      if (w.result == outcome::thrown) std::rethrow_exception(std::move(error));
      s.closed = w.result == outcome::closed;
    }
  }
  s.finish();
  if (s.closed) panic_send_closed();
}

bool chan_try_send(chan_core* c, void* from) {
  decision_point();
  if (!c || !c->may_send()) return false;
  step s;
  {
    held_lock held(c->lock);
    s = try_send_locked(c, from);
  }
  s.finish();
  if (s.closed) panic_send_closed();
  return s.ready;
}

bool chan_recv(chan_core* c, void* to) {
  if (!c) wait_for_ever(events::wait_reason::chan_recv_nil);
  decision_point();
  step s;
  {
    held_lock held(c->lock);
    s = try_recv_locked(c, to);
    if (!s.ready) {
      rt::goroutine* const me = rt::self();
      waiter w{.g = me, .actor = actor_of(me), .slot = to};
      c->receivers.push(&w);
      held.park(events::wait_reason::chan_recv, c->id());
      after_wait(c, w);
      s.closed = w.result == outcome::closed;
    }
  }
  s.finish();
  return !s.closed;
}

try_result chan_try_recv(chan_core* c, void* to) {
  decision_point();
  if (!c || !c->may_recv()) return try_result::empty;
  step s;
  {
    held_lock held(c->lock);
    s = try_recv_locked(c, to);
  }
  s.finish();
  if (!s.ready) return try_result::empty;
  return s.closed ? try_result::closed : try_result::value;
}

}  // namespace gosan::detail
