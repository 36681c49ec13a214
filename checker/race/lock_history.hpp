// Which locks an actor held at an earlier moment, for the report of a race: the access knows its epoch, and how many locks its
// actor had taken in that epoch before it; the rest is read from what threads noted of their takings and releases.
//
// A thread keeps its latest notes only. What is no longer known is left out; nothing is made up.
#pragma once

#include <vector>

#include "events/event.hpp"
#include "gosan/finding.hpp"
#include "race/actors.hpp"

namespace gosan::race::lock_history {

// A lock event of the running actor: a taking after it, a release before the epoch ends. `at`: see race::on_event().
void note(const events::event& e, actor_state& g, const void* at) noexcept;
// The locks held in the epoch when `taken` locks had been taken in it.
std::vector<held_lock> held_at(epoch when, unsigned taken);

std::uint64_t bytes_used() noexcept;

}  // namespace gosan::race::lock_history
