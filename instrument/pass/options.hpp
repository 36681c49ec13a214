// What the pass may be told to leave out, each alone, so that a test can tell what an optimisation hides or costs.
#pragma once

namespace gosan::instrument {

struct optimisations {
#define GOSAN_OPTIMISATION(name, word, meaning) bool name = true;
#include "optimisations.def"
#undef GOSAN_OPTIMISATION
};

// All on but those named in the environment variable GOSAN_PASS_OFF: words separated by commas, or "all".
const optimisations& enabled_optimisations();

}  // namespace gosan::instrument
