// What an actor knows of other actors' times, with the latest answers remembered: a location that several actors use asks the same
// question at each access.
//
// Knowledge only grows, so a time once known is known for ever; that something is not known holds until the actor's past has
// changed (actor_state::past_version).
#pragma once

#include "race/clock.hpp"

namespace gosan::race {

// How far `asker` knows the actor of `upto`, as of `version` of its past. All zeroes: nothing remembered.
struct known_time {
  actor_number asker;
  epoch upto;
  std::uint32_t version;
};

class knowledge {
 public:
  // `remembered`: `places` entries of the calling thread, or null.
  knowledge(epoch now, const clock& past, std::uint32_t version, known_time* remembered) noexcept
      : self_(number_of(now)), past_(past), version_(version), remembered_(remembered) {}

  bool knows(epoch e) const noexcept {
    if (number_of(e) == self_) return true;
    if (!remembered_) return past_.knows(e);
    known_time& k = remembered_[place(number_of(e))];
    if (k.asker == self_ && number_of(k.upto) == number_of(e)) {
      if (k.upto >= e) return true;
      if (k.version == version_) return false;
    }
    return look_up(e, k);
  }

  static constexpr unsigned places = 64;

 private:
  std::size_t place(actor_number n) const noexcept { return (spread(n) * 7 + spread(self_)) % places; }
  [[gnu::noinline]] bool look_up(epoch e, known_time& k) const noexcept {
    k = {self_, make_epoch(number_of(e), past_.latest(number_of(e))), version_};
    return k.upto >= e;
  }

  actor_number self_;
  const clock& past_;
  std::uint32_t version_;
  known_time* remembered_;
};

}  // namespace gosan::race
