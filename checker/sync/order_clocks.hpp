// Who cannot overlap with whom, by what the program orders on purpose: start, join, messages, wait groups, once, barriers. Locks
// order nothing here: which of two comes first at a lock is the accident that a potential deadlock is about.
//
// A clock counts, for each actor it knows of, that actor's marks. Only actors that ever made a mark have a place in any clock,
// so programs that make none pay one load per event. Clocks are immutable and shared; joining two makes a third only when
// neither contains the other.
//
// Of an ended actor no clock needs to tell anything once none of its marks is kept: such places are left out when a clock has doubled.
//
// An actor's clock is touched by the thread that acts for it only, which the runtime orders. An object's may be read by a waiter
// that has just returned while the object is used anew, so those are under one of a few locks, held for a join.
#pragma once

#include <atomic>

#include "events/event.hpp"
#include "live/paged_table.hpp"
#include "live/spin_lock.hpp"

namespace gosan::sync {

class clock_value;  // an immutable, counted map actor -> marks; null is the empty one

// A counted reference, held outside of the tables.
class clock_ref {
 public:
  clock_ref() = default;
  explicit clock_ref(const clock_value* shared) noexcept;
  clock_ref(const clock_ref& o) noexcept : clock_ref(o.v_) {}
  clock_ref(clock_ref&& o) noexcept : v_(o.v_) { o.v_ = nullptr; }
  clock_ref& operator=(clock_ref o) noexcept {
    std::swap(v_, o.v_);
    return *this;
  }
  ~clock_ref();
  std::uint64_t of(events::actor_id g) const noexcept;  // marks of g that are in this past
  std::size_t size() const noexcept;  // actors it tells of
  const clock_value* get() const noexcept { return v_; }

 private:
  const clock_value* v_ = nullptr;
};

class order_clocks {
 public:
  void on_event(const events::event& e) noexcept {
    if (in_use()) pass(e);
  }
  bool in_use() const noexcept { return in_use_.load(std::memory_order_relaxed); }
  // g does something that is to be ordered: returns its number, from 1. It is asked for until as many calls of unmark().
  std::uint64_t mark(events::actor_id g);
  void unmark(events::actor_id g) noexcept { marks_kept_.at(g).fetch_sub(1, std::memory_order_relaxed); }
  clock_ref past_of(events::actor_id g) noexcept;
  // Changes whenever the actor's past does, and whenever it gives its past on: what it does later is not in what it gave.
  std::uintptr_t version(events::actor_id g) const noexcept;

 private:
  struct slot {
    std::atomic<const clock_value*> value;
    std::atomic<std::uint64_t> given;  // times an actor gave its past on
  };
  static constexpr std::uint32_t ended = 1u << 31;
  bool is_of_use(events::actor_id g) const noexcept {
    const auto* kept = marks_kept_.find(g);
    return !kept || kept->load(std::memory_order_relaxed) != ended;
  }
  void leave_out_useless(clock_value& v) const noexcept;
  void pass(const events::event& e) noexcept;
  void join(slot& into, const clock_value* with) noexcept;
  void join_object(slot& into, const clock_value* with) noexcept;
  void set(slot& s, const clock_value* fresh) noexcept;
  void release(events::object_id to, slot& from) noexcept;
  void acquire(events::object_id from, events::actor_id g) noexcept;
  void forget(events::object_id gone) noexcept;
  live::spin_lock& lock_of(events::object_id o) noexcept { return object_locks_[o % 64]; }

  std::atomic<bool> in_use_{false};
  live::owned_table<slot> actors_;
  live::owned_table<slot> objects_;  // each guarded by its lock_of()
  live::owned_table<std::atomic<std::uint32_t>> marks_kept_;  // by actor, and whether it has ended
  live::spin_lock object_locks_[64];
};

}  // namespace gosan::sync
