#include "race/clock.hpp"

#include <algorithm>

namespace gosan::race {
namespace {

template <typename T>
void replace(T*& held, T* by) noexcept {
  if (held != by) clock_tree::drop(std::exchange(held, clock_tree::share(by)));
}

// Where nobody is known to know the whole of a base, its new owner does.
epoch cap_of_taken(epoch cap, epoch self) noexcept { return cap == no_epoch ? self : cap; }

}  // namespace

clock::clock(const clock& o) noexcept { copy(o); }

void clock::swap(clock& o) noexcept {
  std::swap(base_, o.base_);
  std::swap(met_, o.met_);
  std::swap(cap_, o.cap_);
  for (unsigned i = 0; i < places; ++i) std::swap(extra_[i], o.extra_[i]);
}

bool clock::knows(epoch e) const noexcept {
  for (unsigned i = 0; i < places && extra_[i]; ++i)
    if (number_of(extra_[i]) == number_of(e) && extra_[i] >= e) return true;
  return clock_tree::find(base_, number_of(e)) >= time_of(e);
}

ticks clock::latest(actor_number n) const noexcept {
  ticks t = clock_tree::find(base_, n);
  for (epoch x : extra_)
    if (x && number_of(x) == n && time_of(x) > t) t = time_of(x);
  return t;
}

void clock::fold(epoch self) noexcept {
  for (epoch& x : extra_) {
    if (x) base_ = clock_tree::raise(base_, number_of(x), time_of(x));
    x = 0;
  }
  cap_ = self;
}

bool clock::add(epoch e, epoch self) noexcept {
  if (number_of(e) == number_of(self)) return false;
  unsigned i = 0;
  while (i < places && extra_[i] && number_of(extra_[i]) != number_of(e)) ++i;
  if (i < places && extra_[i]) {
    if (extra_[i] >= e) return false;
    extra_[i] = e;  // the base may know as much: no harm
    return true;
  }
  if (clock_tree::find(base_, number_of(e)) >= time_of(e)) return false;
  if (i == places) fold(self), i = 0;
  extra_[i] = e;
  return true;
}

// What is known stays out: it would cost copies of nodes that the tree shares with others.
void clock::add_all(epoch* first, epoch* last) noexcept {
  fold(no_epoch);
  last = std::remove_if(first, last, [this](epoch e) { return clock_tree::find(base_, number_of(e)) >= time_of(e); });
  std::sort(first, last);
  if (first != last) base_ = clock_tree::raise_all(base_, first, last);
}

void clock::add_fresh(epoch e, epoch self) noexcept {
  unsigned i = 0;
  while (i < places && extra_[i] && number_of(extra_[i]) != number_of(e)) ++i;
  if (i == places) fold(self), i = 0;
  extra_[i] = e;
}

void clock::put(epoch e) noexcept {
  unsigned i = 0;
  while (extra_[i] && number_of(extra_[i]) != number_of(e)) ++i;
  extra_[i] = e;
}

bool clock::trade(const clock& past, epoch left, epoch (&taken)[places]) noexcept {
  if (base_ != past.base_) return false;
  for (unsigned i = 0; i < places; ++i) taken[i] = std::exchange(extra_[i], past.extra_[i]);
  cap_ = past.cap_;
  put(left);
  return true;
}

// Mostly both name the same actors in the same order, but for some that one of them does not name.
bool clock::add_taken(const epoch (&taken)[places], epoch self) noexcept {
  bool grew = false;
  for (unsigned i = 0, next = 0; i < places && taken[i]; ++i) {
    const epoch e = taken[i];
    if (number_of(e) == number_of(self)) continue;
    unsigned at = next;
    while (at < places && number_of(extra_[at]) != number_of(e)) ++at;
    if (at == places) {
      grew |= add(e, self);
      continue;
    }
    if (extra_[at] < e) extra_[at] = e, grew = true;
    next = at + 1;
  }
  return grew;
}

void clock::copy(const clock& o) noexcept {
  if (base_ != o.base_) {
    replace(base_, o.base_);
    replace(met_, o.met_);
  }
  cap_ = o.cap_;
  for (unsigned i = 0; i < places && (extra_[i] | o.extra_[i]); ++i) extra_[i] = o.extra_[i];
}

bool clock::join_base(const clock& y, epoch self) noexcept {
  if (!y.base_ || y.base_ == base_) return false;
  const bool have_all = base_ && (number_of(y.cap_) == number_of(self) || knows(y.cap_));
  if (have_all && y.cap_ != no_epoch) return false;
  if (base_ && (cap_ == no_epoch || !y.knows(cap_))) return merge_base(y, self);
  take_base(y, self);
  return true;
}

void clock::take_base(const clock& y, epoch self) noexcept {
  replace(base_, y.base_);
  replace(met_, y.met_);
  cap_ = cap_of_taken(y.cap_, self);
}

bool clock::merge_base(const clock& y, epoch self) noexcept {
  clock_node* merged = clock_tree::merge(base_, y.base_, met_, y.met_);
  const bool grew = merged != base_;
  if (merged == y.base_) {
    take_base(y, self);
  } else {
    clock_tree::drop(std::exchange(met_, clock_tree::meet(y.base_, base_)));
    if (grew) cap_ = self;
    replace(base_, merged);
  }
  clock_tree::drop(merged);
  return grew;
}

bool clock::join(const clock& y, epoch self) noexcept {
  if (this == &y) return false;
  const bool grew = join_base(y, self);
  return add_taken(y.extra_, self) || grew;
}

}  // namespace gosan::race
