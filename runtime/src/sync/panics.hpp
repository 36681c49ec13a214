// The one door through which primitives throw panic_error. The event that tells of the misuse has
// been emitted before.
#pragma once

#include "gosan/panic.hpp"

namespace gosan::detail {

// REQUIRES: the caller has released its own locks.
[[noreturn]] void panic(panic_code code);

}  // namespace gosan::detail
