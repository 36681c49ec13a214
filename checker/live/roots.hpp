// All memory of the process that running code can reach without following a pointer into the heap or a goroutine's stack.
#pragma once

#include "live/scratch.hpp"
#include "sync/proof.hpp"

namespace gosan::live {

// Every readable mapping that may hold what the program stored: globals, TLS, threads' stacks, what the user mapped himself, in
// whatever way, also shared. Left out are the runtime's and the checker's own mappings as events/own_memory.hpp has them,
// constants of files, devices, and pages nobody ever touched. `holes` are cut out. False when the list could not be read.
bool mapped_roots(std::span<const sync::memory_range> holes, svector<sync::memory_range>& into) noexcept;

}  // namespace gosan::live
