#include "race/arrivals.hpp"

#include <algorithm>
#include <utility>

namespace gosan::race {

// By the invariant of clocks (clock.hpp) who knows the epoch that caps a base, or a later one of that actor, knows the base; that of `told_`
// is known to the object as soon as it is settled.
bool arrivals::brings_known_base(const clock& past) const noexcept {
  if (!past.base_ || past.base_ == base_) return true;
  for (const epoch e : told_)
    if (e && number_of(e) == number_of(past.cap_)) return e >= past.cap_;
  return false;
}

void arrivals::note(epoch e, epoch& told) noexcept {
  if (number_of(e) != number_of(told)) {
    if (told) each_[count_++] = told;
    told = e;
  } else if (e > told) {
    told = e;
  } else {
    return;
  }
  told_more_ = true;
}

void arrivals::leave(clock& object, const clock& past, epoch now) noexcept {
  if (!brings_known_base(past)) {
    settle(object);
    object.join_base(past, no_epoch);
    clock_tree::drop(std::exchange(base_, clock_tree::share(past.base_)));
  }
  if (count_ + at_once > most) settle(object);
  for (unsigned i = 0; i < clock::places && past.extra_[i]; ++i) note(past.extra_[i], told_[i]);
  each_[count_++] = now;
}

void arrivals::settle(clock& object) noexcept {
  if (!count_ && !told_more_) return;
  epoch all[most + clock::places];
  epoch* end = std::copy(each_, each_ + count_, all);
  end = std::copy_if(std::begin(told_), std::end(told_), end, [](epoch e) { return e != 0; });
  object.add_all(all, end);
  count_ = 0;
  told_more_ = false;
}

void arrivals::forget() noexcept {
  clock_tree::drop(std::exchange(base_, nullptr));
  std::fill(std::begin(told_), std::end(told_), epoch{0});
  count_ = 0;
  told_more_ = false;
}

}  // namespace gosan::race
