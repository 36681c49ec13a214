// Locks: who holds what and since where, taking what one holds, and orders of taking that can deadlock.
//
// Uncontended, one lock held at a time: the actor's book, which whoever acts for it may keep a pointer to, and in it the place of the
// lock's entry when it is the lock of the time before; a few return addresses stored, no allocation, nothing shared but the
// lock's own entry, which is not written when its last holder takes it again. Only an actor that takes a lock while it holds
// another goes further, and only when it has not just done the same.
//
// Who holds a lock in write mode: `owner` of its entry, the last one who took it, if it is in that one's list. So giving it up takes it
// out of the list and does no more. Who reads is in the lists alone: readers side by side write to nothing that they share.
//
// A potential deadlock is reported when locks L1 -> L2 -> ... -> L1 were each taken while the one before was held, by
// different actors, none of whose turns is ordered against another's by start, join or messages (order_clocks.hpp), without a
// gate lock common to two of them, and with no link on which both sides only read. Taking by try_lock waits for nothing and makes
// no link.
//
// An unlock by another goroutine is allowed, as in Go. Such a lock is a signal, not a possession: nothing is concluded from who
// holds it.
#pragma once

#include <array>
#include <memory>

#include "events/snapshot.hpp"
#include "live/spin_lock.hpp"
#include "sync/channel_locks.hpp"
#include "sync/environment.hpp"
#include "sync/lock_graph.hpp"
#include "sync/objects.hpp"
#include "sync/order_clocks.hpp"

namespace gosan::sync {

class lock_detector {
  struct actor_locks;

 public:
  constexpr lock_detector(const object_table& objects, environment& env) noexcept : objects_(objects), env_(env) {}
  // Potential orders are judged only when asked for; who holds what is always known. `at`: the frame of who was told of the event,
  // where there is one: the stack of a taking is walked from there.
  void on_event(const events::event& e, bool judge_orders = true, const void* at = nullptr);
  // The two of them that come per use of a lock. on_acquire: true the first time that the lock is taken in this mode, at least.
  bool on_acquire(const events::event& e, bool judge_orders, const void* at);
  void on_release(const events::event& e);
  // What is known of an actor's locks. It stays where it is; for who acts for the actor.
  using book = actor_locks;
  // Null for one that has taken none yet.
  book* book_of(events::actor_id g) const noexcept {
    actor_locks* a = actors_.find(g);
    return a && a->list ? a : nullptr;
  }
  // What most uses of a lock come to, without an event: g, whose book it is, takes it in write mode, not for the first time, and holds
  // no other; the last one that g took is given up. False: it is more than that, nothing was done, and on_acquire() or on_release()
  // are needed. walk(span) stores the return addresses from who takes it on and returns their number. REQUIRES: g has not ended.
  template <typename Walk>
  bool take_alone(book& of, events::actor_id g, events::object_id lock, bool by_try, Walk walk) noexcept;
  // The same for the lock that g took alone the last time, and nothing is done for another one.
  template <typename Walk>
  bool take_again(book& of, events::actor_id g, events::object_id lock, bool by_try, Walk walk) noexcept;
  static bool give_up_last(book& of, events::object_id lock) noexcept;
  // The objects of a page in a table by their ids are gone: see object_table::on_event().
  void forget_page(events::object_id one) noexcept { locks_.forget_page(one); }
  // The same of the actors of a page: they have ended. Who did so with a lock held is remembered, and those of his page with him.
  void forget_actors(events::actor_id first) noexcept;
  // All that an end tells while nobody uses orders.
  void end_actor(events::actor_id g) {
    const actor_locks* a = actors_.find(g);
    if (a && a->list) [[unlikely]] end_locker(g);  // most have never held a lock
  }

  // Whether events that only order are of use yet: before the first nested lock they are not.
  bool uses_orders() const noexcept { return clocks_.in_use(); }

  // Who holds the lock in write mode now; 0 when nobody does or when that cannot be concluded.
  events::actor_id owner_of(events::object_id lock) const noexcept;
  // Whether nothing can be concluded from who holds it: it was unlocked by another than its holder.
  bool is_signal(events::object_id lock) const noexcept;
  events::actor_id unlocked_last_by(events::object_id lock) const noexcept;  // 0: nobody
  bool holds(events::actor_id g, events::object_id lock) const noexcept;
  // Whether it may hold a lock; never says no when it does. Call on its own thread.
  bool holds_any(events::actor_id g) const noexcept {
    const actor_locks* a = actors_.find(g);
    return a && a->count;
  }
  // Whether the actor ended while it held a lock: nobody else will unlock that.
  bool ended_holding(events::actor_id g) const noexcept;
  // Calls see(lock, mode, serial) for each lock g holds; the serial tells one taking from another. Call when g does not run.
  template <typename See>
  void visit_held(events::actor_id g, See&& see) const;
  // For the parties of findings. Call when g does not run.
  std::vector<held_lock> held_by(events::actor_id g) const;
  // Goroutines that wait for a lock they hold: a finding double-lock each, once, with those who wait behind them. From a picture; adds
  // the ids to `judged`.
  void judge_self_waits(const events::snapshot& s, live::iset<events::actor_id>& judged);
  // No channel will be used any more: what is only known then of channels and locks is reported.
  void judge_channels() { channels_.judge_all(); }
  // Whether some goroutine parked on a lock it holds since the last call.
  bool take_suspicion() noexcept { return suspicion_.exchange(false, std::memory_order_relaxed); }

 private:
  static constexpr std::size_t frames_kept = 4;  // the lock's own function and three of the user's
  struct lock_state {
    std::atomic<events::actor_id> owner;        // who took it last in write mode; 0 when another than he has unlocked it
    std::atomic<events::actor_id> stranger;     // that other one
    std::atomic<bool> signal, ever_read;
  };
  struct held {
    events::object_id lock;
    lock_state* entry;  // the lock's: it stays where it is, and forgotten it is zeroes
    events::lock_mode mode;
    bool by_try;
    std::uint8_t frames;
    std::uint32_t serial;  // of this taking among the actor's
    std::uintptr_t pcs[frames_kept];
  };
  // On cache lines of its own: actors that take locks side by side have ids side by side.
  struct alignas(64) actor_locks {
    held* list;  // first, or a longer block
    std::uint32_t count, capacity;
    std::uint32_t taken;  // so far
    bool dead;
    held first[3];
    std::uint64_t recent[4];  // what was taken while what was held, lately: hashes
  };
  // An actor took a lock while it held others: what its turns at the links from each of those have in common.
  struct taking {
    taking(order_clocks& c, events::actor_id actor) : clocks(c), g(actor), mark(c.mark(actor)), past(c.past_of(actor)) {}
    ~taking() { clocks.unmark(g); }
    taking(const taking&) = delete;
    taking& operator=(const taking&) = delete;

    order_clocks& clocks;
    events::actor_id g;
    std::uint64_t mark;
    clock_ref past;
    live::ivector<std::pair<events::object_id, events::lock_mode>> gates;  // all it held
    live::ivector<std::uintptr_t> at;
  };
  // One turn of one actor: it took `to` while it held `from`.
  struct turn {
    std::shared_ptr<const taking> by;
    events::lock_mode held_mode, taken_mode;
    live::ivector<std::uintptr_t> held_at;
  };
  struct edge_key {
    events::object_id from, to;
    bool operator==(const edge_key&) const = default;
  };
  struct edge_hash {
    std::size_t operator()(const edge_key& k) const noexcept { return k.from * 0x9E3779B97F4A7C15u ^ k.to; }
  };
  using turns = live::ivector<turn>;
  struct cycle {
    live::ivector<events::object_id> locks;
    live::ivector<turn> turns;
  };
  struct order_state {  // guarded by order_lock_
    lock_graph graph;
    live::imap<edge_key, turns, edge_hash> edges;
    live::iset<std::uint64_t> reported;
  };

  bool note_holder(lock_state& l, events::actor_id g, events::lock_mode mode) noexcept;
  void note_stranger(lock_state& l, const events::event& e);
  void note_channel_wait(const events::event& e);
  void note_recursion(const events::event& e, const held& before);
  void note_order(actor_locks& a, const events::event& e);
  std::shared_ptr<const taking> describe(const actor_locks& a, const events::event& e);
  void judge_cycles(const turn& fresh, events::object_id from, events::object_id to, live::ivector<cycle>& out);
  bool pick(const live::ivector<events::object_id>& path, std::size_t link, live::ivector<const turn*>& chosen) const;
  bool compatible(const turn& a, const turn& b) const;
  finding cycle_finding(const cycle& c);
  std::string self_wait_text(const events::goroutine_view& g, events::lock_mode held, const events::snapshot& s) const;
  void note_those_behind(finding& f, events::actor_id holder, const events::snapshot& s, live::iset<events::actor_id>& judged) const;
  void prune(actor_locks& a, events::actor_id g);
  static held& push(actor_locks& a);  // one more, to be filled in
  bool reopen(held& h, events::object_id lock) noexcept;
  static held* find_held(actor_locks& a, events::object_id lock) noexcept;
  order_state& order();
  void forget(events::object_id gone);
  void end_locker(events::actor_id g);

  const object_table& objects_;
  environment& env_;
  mutable live::owned_table<actor_locks> actors_;
  mutable live::owned_table<lock_state> locks_;
  order_clocks clocks_;
  channel_locks channels_{objects_, env_, clocks_};
  live::spin_lock order_lock_;
  order_state* order_ = nullptr;  // made at the first nested lock; never destroyed
  std::atomic<std::uint64_t> full_[1024] = {};  // hashes of nestings of which enough turns are known
  std::atomic<bool> suspicion_{false};
};

// ---- inline bodies ----

template <typename Walk>
bool lock_detector::take_alone(book& of, events::actor_id g, events::object_id lock, bool by_try, Walk walk) noexcept {
  if (of.count || (of.list[0].lock != lock && !reopen(of.list[0], lock))) return false;
  return take_again(of, g, lock, by_try, walk);
}

template <typename Walk>
[[gnu::always_inline]] inline bool lock_detector::take_again(book& of, events::actor_id g, events::object_id lock, bool by_try,
                                                             Walk walk) noexcept {
  held& h = of.list[0];
  if (of.count || h.lock != lock || channels_.watches(lock)) [[unlikely]] return false;
  std::atomic<events::actor_id>& owner = h.entry->owner;
  const events::actor_id before = owner.load(std::memory_order_relaxed);
  if (before != g) {
    if (!before) [[unlikely]] return false;
    owner.store(g, std::memory_order_relaxed);
  }
  h.mode = events::lock_mode::write;
  h.by_try = by_try;
  h.serial = ++of.taken;
  h.frames = static_cast<std::uint8_t>(walk(std::span(h.pcs)));
  std::atomic_ref(of.count).store(1, std::memory_order_relaxed);
  return true;
}

[[gnu::always_inline]] inline bool lock_detector::give_up_last(book& of, events::object_id lock) noexcept {
  if (!of.count) [[unlikely]] return false;
  const held& last = of.list[of.count - 1];
  if (last.lock != lock || last.mode != events::lock_mode::write) [[unlikely]] return false;
  std::atomic_ref(of.count).store(of.count - 1, std::memory_order_relaxed);
  return true;
}

template <typename See>
void lock_detector::visit_held(events::actor_id g, See&& see) const {
  const actor_locks* a = actors_.find(g);
  for (std::uint32_t i = 0; a && i < a->count; ++i) {
    const held& h = a->list[i];
    if (holds(g, h.lock)) see(h.lock, h.mode, h.serial);
  }
}

}  // namespace gosan::sync
