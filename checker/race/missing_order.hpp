// What would have ordered the two sides of a race, in one sentence.
#pragma once

#include <string>

#include "events/event.hpp"
#include "gosan/finding.hpp"

namespace gosan::race {

struct race_side {
  const party& who;
  events::actor_id id;
  std::uint8_t kind;  // access_kind
};

std::string name_of(const party& p, events::actor_id id);
std::string missing_order(const race_side& current, const race_side& previous);

}  // namespace gosan::race
