// The past of an actor or of a synchronisation object, small and cheap to hand on.
//
// clock = base (a shared tree) + a few further epochs. Handing a clock on copies a pointer and a few words; only when
// the extra places are used up does something enter the tree. What makes joins short is one invariant of every clock here:
//
//   who knows epoch (n, t) knows everything that actor n had known when it left time t.
//
// `cap` is an epoch whose actor, when it left it, knew the whole base. So "y knows x.cap" proves base(x) <= y by one lookup,
// and a join then takes the other's base or keeps its own without walking either. no_epoch: no such epoch is known.
//
// Where neither base is the later one, the two are merged, and `met` keeps both: of the next base that is merged into this line of clocks, or that
// this one is merged into, mostly a later form of one of the two, only what is new is looked at. An object many leave what they know in
// (wg.done()) meets later forms of what was left last; where actors come from one object to another (an atomic, then a lock), the second object
// meets later forms of what they came with.
//
// Not synchronised: the owner (the running actor, the lock of the object) is.
#pragma once

#include <utility>

#include "race/clock_tree.hpp"
#include "race/epoch.hpp"

namespace gosan::race {

class arrivals;

class clock {
 public:
  clock() = default;
  clock(const clock& o) noexcept;
  clock(clock&& o) noexcept { swap(o); }
  clock& operator=(clock o) noexcept { swap(o); return *this; }
  ~clock() {
    clock_tree::drop(base_);
    clock_tree::drop(met_);
  }
  void swap(clock& o) noexcept;
  // Becomes o. The count of references to a base both have is left alone: it is what threads that share a lock would fight for.
  void copy(const clock& o) noexcept;
  void clear() noexcept { *this = clock(); }

  bool empty() const noexcept { return !base_ && !extra_[0]; }
  bool knows(epoch e) const noexcept;
  // The latest time of actor n that is known, 0 when none is.
  ticks latest(actor_number n) const noexcept;
  // Adds one epoch. `self`: the epoch of the actor this clock belongs to, or no_epoch for an object's. False: it was known.
  bool add(epoch e, epoch self) noexcept;
  // The same of an epoch that nobody else can know yet.
  void add_fresh(epoch e, epoch self) noexcept;
  // Least upper bound with y. False: y had nothing new.
  bool join(const clock& y, epoch self) noexcept;
  // Adds an epoch that nobody else can know yet. REQUIRES: !full(), or it is there already with an earlier time.
  void put(epoch e) noexcept;
  // The slot of a buffer (this) gets what `past` and `left` say; what it said before is left in `taken`, where the bases are the same. False:
  // they are not, and nothing was done.
  static constexpr unsigned places = 6;
  bool trade(const clock& past, epoch left, epoch (&taken)[places]) noexcept;
  // add() of each of them. False: all were known.
  bool add_taken(const epoch (&taken)[places], epoch self) noexcept;
  // add() of each of [first, last) to an object's clock, at one go; they are put in order.
  void add_all(epoch* first, epoch* last) noexcept;
  // Moves the extra epochs into the tree, so that copies made from now on share it.
  void fold(epoch self) noexcept;
  bool full() const noexcept { return extra_[places - 1] != 0; }
  bool has_extra(unsigned n) const noexcept { return extra_[n - 1] != 0; }

 private:
  friend class arrivals;
  bool join_base(const clock& y, epoch self) noexcept;
  void take_base(const clock& y, epoch self) noexcept;
  bool merge_base(const clock& y, epoch self) noexcept;

  // What a clock of few actors uses comes first: threads that share a lock hand on one cache line less.
  clock_node* base_ = nullptr;
  epoch cap_ = 0;
  epoch extra_[places] = {};  // filled from the front; 0 = free
  clock_tree::met* met_ = nullptr;  // by base_ or what it comes from; null for nothing
};

}  // namespace gosan::race
