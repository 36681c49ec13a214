#pragma once

#include <string_view>
#include <vector>

#include "sync/alive.hpp"

namespace gosan::live {

// Lets goroutines settle for at most `grace_ms`, then judges those that are left: deadlocked ones are reported, the leaks returned.
// `known` says who is passed over. Blocks; stops the world for a moment.
std::vector<finding> judge_now(std::uint64_t grace_ms, sync::verdicts known, std::string_view moment);

}  // namespace gosan::live
