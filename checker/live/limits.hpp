// Waits and holdings that last longer than the options stuck and lock_limit allow.
#pragma once

#include <cstdint>

#include "live/internal_alloc.hpp"

namespace gosan::live {

// Reports what is over its limit at this look, each wait and each holding once; 0 = no limit. Stops the world for a moment. A holding is
// timed by the looks that saw it, so that taking a lock stays cheap: it is found when it lasts a quarter longer than the limit.
void look_for_too_long(std::uint64_t stuck_ns, std::uint64_t lock_ns);
// sync::wait_key() of the waits reported.
void add_told_waits(iset<std::uint64_t>& into);

}  // namespace gosan::live
