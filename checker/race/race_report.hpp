// From a conflict to a finding.
#pragma once

#include <atomic>
#include <string>

#include "events/event.hpp"
#include "gosan/finding.hpp"
#include "race/states.hpp"

namespace gosan::race {

struct race_found {
  std::uintptr_t granule = 0;  // 0: not memory
  conflict_found previous;
  entry current;
  events::actor_id who = 0;
};

// One finding per pair of places; later ones are only counted. Callable with locks of the runtime held.
void report_race(const race_found& r) noexcept;
// The same for a channel's or a wait group's misuse: `message` says what was not ordered, the roles what each side did.
void report_unordered(const race_found& r, finding_kind kind, const char* message, const char* current_role,
                      const char* previous_role) noexcept;

// For tests: sees every race before pairs of places are folded. Null when none.
using race_observer = void (*)(const race_found&);
void observe_races(race_observer f) noexcept;

// Races that are found; and those on bytes that the user has declared benign, which are not reported.
std::uint64_t races_found() noexcept;
std::uint64_t races_meant() noexcept;

}  // namespace gosan::race
