// How a meeting of two accesses is told.
#pragma once

#include "model/check.hpp"
#include "model/meetings.hpp"

namespace gosan::checks {

// Where an access is told: in the text of the goroutine that comes to it, or of the closure that it runs.
clang::SourceLocation told_at(const deep_access& a);
diagnosis diagnosis_of(const meeting& m);

}  // namespace gosan::checks
