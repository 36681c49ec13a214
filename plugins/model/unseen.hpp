// What code that is not seen can get at: it is taken to do there whatever has to be done.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

// A function of somebody's of which nothing is known. The standard library and C's only do something with what they are handed.
bool is_somebodys(const step& unknown, const unit& u);
bool is_part_of(const place& part, const place& whole);
// A global that is defined in another file.
bool is_of_another_file(const place& p);
// Whether the call of an unknown function may be about p: it is handed that or what that is part of, or can see it anyway.
bool reaches(const step& unknown, const place& p, const unit& u);

}  // namespace gosan::checks
