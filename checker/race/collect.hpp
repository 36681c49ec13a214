// Takes back the memory of states that no location is in any more.
//
// States refer to nothing but chunks that they have inherited, so one pass over the words of touched pages finds all that are
// in use, while the program runs on: a location can only change to a state made after the pass began (those lie in fresh memory, or in
// holes set aside for it, and are left alone), and
// such a state refers to older chunks only if the location's state did so before. What the pass found free is used again only after
// every thread has let go of the ids it held while the pass went on.
#pragma once

#include <cstdint>

namespace gosan::race::collect {
// Collects when enough was handed out since the last time that the pass is paid for. Not while holding states.
void if_due() noexcept;
// False: some thread held on to states for too long, or another one collects.
bool now() noexcept;
// Of states: what the last collection found in use, and what was handed out since.
std::uint64_t units_in_use() noexcept;
std::uint64_t passes() noexcept;
// Calls f in the midst of each pass, on the collecting thread, of which no access is checked then. For tests.
enum class moment { before_marking, after_marking };
void observe_passes(void (*f)(moment) noexcept) noexcept;
}  // namespace gosan::race::collect
