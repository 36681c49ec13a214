// The scheduler's free decisions behind one interface: where one of several things may happen next, it asks here. Normally the
// answer is cheap and fair; under the option `perturb` it is drawn from a seeded generator, so that unusual orders occur.
#pragma once

#include "options/options.hpp"

namespace gosan::rt {

// Whether a goroutine that was made ready goes to the end of the queue this time, instead of being next.
bool perturbed_placing() noexcept;

// The option force_migrate.
inline bool force_migrate() noexcept {
  static const bool on = process_options().force_migrate;
  return on;
}

}  // namespace gosan::rt
