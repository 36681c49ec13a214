// Clocks of synchronisation objects, found by the object's id. Made when something is first left in one, freed when the
// object is gone.
#pragma once

#include <atomic>

#include "events/event.hpp"
#include "live/spin_lock.hpp"
#include "race/clock.hpp"

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

struct object_state {
  live::spin_lock lock;            // events of one object may come from two threads at once (counters)
  clock readers;                   // of a lock: what readers left
  clock carried;                   // the object's clock; of a lock: what writers left
  slot_clocks slots;
  std::uint64_t capacity = 0;
  // Pseudo-locations: sends read and close writes the first; waits read and additions from zero write the second.
  // Only its address counts.
  std::uint64_t misuse = 0;
  // Of a lock: the epoch that was released last in write mode. [guarded by `lock`; atomic for who asks without]
  std::atomic<epoch> carried_by{0};
  // Of a lock: takings so far, but for those that took nothing over (relock.hpp). Read at each access under it: far from what each reader
  // changes as it leaves.
  std::atomic<std::uint32_t> writers{0}, readers_in{0};
};

namespace objects {
object_state& of(events::object_id id) noexcept;
object_state* find(events::object_id id) noexcept;
void end(events::object_id id) noexcept;
std::uint64_t alive() noexcept;
}  // namespace objects

}  // namespace gosan::race
