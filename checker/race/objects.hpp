// Clocks of synchronisation objects, found by the object's id. Made when something is first left in one, freed when the
// object is gone.
#pragma once

#include <atomic>

#include "events/event.hpp"
#include "live/spin_lock.hpp"
#include "race/arrivals.hpp"
#include "race/clock.hpp"
#include "race/shadow_layout.hpp"

namespace gosan::race {

// A channel with capacity has one clock per slot, in pages made as they are used. [k / per_page][k % per_page]
class slot_clocks {
 public:
  slot_clocks() = default;
  ~slot_clocks();
  slot_clocks(const slot_clocks&) = delete;
  slot_clocks& operator=(const slot_clocks&) = delete;
  clock& at(std::uint64_t slot) noexcept;

 private:
  static constexpr unsigned per_page = 32;
  clock** pages_ = nullptr;
  std::uint64_t rooms_ = 0;  // pages that pages_ can hold
};

// Where readers of a lock who come again and again leave their epochs, each on a cache line of its own: what they knew is in object_state::readers
// already. A reader has one while it holds an epoch of its own; who takes the lock in write mode takes them all, and empties them.
class reader_places {
 public:
  reader_places() = default;
  ~reader_places();
  reader_places(const reader_places&) = delete;
  reader_places& operator=(const reader_places&) = delete;
  // The place of the actor of `now`; null when it has none. Relaxed: the program's own lock orders what a reader leaves before the writer that
  // takes it. [PLACE]
  std::atomic<epoch>* of(epoch now) const noexcept {
    row* r = row_.load(std::memory_order_acquire);  // [ROW]
    std::atomic<epoch>* p = r ? &r->of(now) : nullptr;
    return p && number_of(p->load(std::memory_order_relaxed)) == number_of(now) ? p : nullptr;
  }
  // Leaves `now` where another has no epoch. REQUIRES: the object's lock.
  void claim(epoch now) noexcept;
  // Calls take(epoch) for each that was left. REQUIRES: the object's lock, and the program's in write mode.
  template <typename Take>
  void take_all(Take take) noexcept {
    row* r = row_.load(std::memory_order_relaxed);
    if (!r) return;
    for (place& p : r->each)
      if (const epoch e = p.left.load(std::memory_order_relaxed)) take(e), p.left.store(0, std::memory_order_relaxed);  // [PLACE]
  }

 private:
  static constexpr unsigned places = 8;
  struct alignas(64) place {
    std::atomic<epoch> left{0};
  };
  struct row {
    place each[places];
    std::atomic<epoch>& of(epoch now) noexcept { return each[spread(number_of(now)) % places].left; }
  };
  std::atomic<row*> row_{nullptr};  // made when it is first of use
};

// What a taking and a leaving in write mode touch comes first, on two cache lines.
struct object_state {
  live::spin_lock lock;            // events of one object may come from two threads at once (counters)
  // Of a lock: takings so far, but for those that took nothing over (relock.hpp).
  std::atomic<std::uint32_t> writers{0}, readers_in{0};
  // Of a lock: the epoch that was released last in write mode. [guarded by `lock`; atomic for who asks without]
  std::atomic<epoch> carried_by{0};
  reader_places beside;
  clock carried;                   // the object's clock; of a lock: what writers left
  clock readers;                   // of a lock: what readers left
  slot_clocks slots;
  std::uint64_t capacity = 0;
  // Of an object that many release, from when the places of `carried` are used up.
  arrivals* arrived = nullptr;
  // Pseudo-locations: sends read and close writes the first; waits read and additions from zero write the second.
  // Only its address counts.
  std::uint64_t misuse = 0;
  // Of a channel that nobody has closed: the latest send. Of one actor's in a row only this is kept up to date; when somebody else sends, or closes,
  // it goes to the others. [guarded by the channel's own lock]
  entry last_send{};
  bool last_send_noted = false;  // it is with the others
  bool closed = false;

  object_state() = default;
  ~object_state();
  object_state(const object_state&) = delete;
  object_state& operator=(const object_state&) = delete;
  // `carried`, when all that was released is in it.
  clock& settled() noexcept {
    if (arrived) arrived->settle(carried);
    return carried;
  }
  arrivals& arrivals_here() noexcept { return arrived ? *arrived : make_arrivals(); }

 private:
  arrivals& make_arrivals() noexcept;
};

namespace objects {
object_state& of(events::object_id id) noexcept;
object_state* find(events::object_id id) noexcept;
void end(events::object_id id) noexcept;
std::uint64_t alive() noexcept;
}  // namespace objects

}  // namespace gosan::race
