// Which modules (the program and its shared objects) are instrumented. What others access is not seen, nor what they order by
// their own atomics.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::race::modules {

// The instrumented module with this address in it was loaded. Its variables are new: another's may have been there.
void loaded(const void* address) noexcept;
std::uint64_t count() noexcept;
// Files of loaded modules that are not instrumented, the system's own libraries left out: what their functions do to memory and
// order is known.
std::vector<std::string> not_instrumented();
// The first such module that the stack passes through; empty when there is none.
std::string passed_through(const call_stack& stack);

}  // namespace gosan::race::modules
