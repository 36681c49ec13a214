// Conditions that two statements of a body hang on: when something else than the path decides, nothing can be said of both.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

// Whether it may be one and the same thing that decides about `first` and about `second`: a flag, say, or a condition and its
// contrary. What both stand under is left out.
bool may_exclude_each_other(const clang::Stmt* first, const clang::Stmt* second, const flow& f, const unit& u);

}  // namespace gosan::checks
