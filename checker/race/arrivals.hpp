// What actors leave in an object one after the other, before anybody takes it: wg.done(), a semaphore's release.
//
// They mostly come from one parent and bring nothing but their own last epoch and the parent's at their birth. In the object's clock each
// would walk the tree; here they are noted, and enter it together, actor by actor in order, when somebody asks or the places are used up.
// As a clock the object's is behind until settle().
//
// The naive twin is release_merge() into a clock; tests/race/clock_test.cpp fuzzes the two against each other.
#pragma once

#include "race/clock.hpp"

namespace gosan::race {

class arrivals {
 public:
  arrivals() = default;
  ~arrivals() { clock_tree::drop(base_); }
  arrivals(const arrivals&) = delete;
  arrivals& operator=(const arrivals&) = delete;

  // An actor leaves what it knows, and that it was at `now`, which nobody else can know yet.
  void leave(clock& object, const clock& past, epoch now) noexcept;
  // All that was left is in the object's clock from now on.
  void settle(clock& object) noexcept;
  // The object's clock has become another one.
  void forget() noexcept;

 private:
  static constexpr unsigned most = 48, at_once = clock::places + 1;

  bool brings_known_base(const clock& past) const noexcept;
  void note(epoch e, epoch& told) noexcept;

  clock_node* base_ = nullptr;      // is in the object's clock
  epoch told_[clock::places] = {};  // the latest of those that several have brought, by their place among what an actor brings
  epoch each_[most];
  unsigned count_ = 0;
  bool told_more_ = false;  // told_ is not all in the object's clock
};

}  // namespace gosan::race
