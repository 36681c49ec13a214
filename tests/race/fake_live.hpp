#pragma once

#include <atomic>
#include <vector>

#include "gosan/finding.hpp"
#include "live/live.hpp"

namespace gosan::test {
std::vector<finding>& findings();
// The bits of live::detectors_on().
std::atomic<unsigned>& detectors();
}
