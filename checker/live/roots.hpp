// All memory of the process that running code can reach without following a pointer into the heap or a goroutine's stack.
#pragma once

#include "live/scratch.hpp"
#include "sync/proof.hpp"

namespace gosan::live {

// The private writable mappings and anonymous readable ones: globals, TLS, threads' stacks, what the user mapped himself. Left out are
// the runtime's and the checker's own mappings (heap spans, goroutines' stacks, shadow): those, and only those here, are
// mapped MAP_NORESERVE, which the kernel shows as `nr`. Where the kernel does not keep that flag (overcommit_memory=2) they count
// as roots: less is proven, nothing wrongly. `holes` are cut out. False when the list could not be read.
bool mapped_roots(std::span<const sync::memory_range> holes, svector<sync::memory_range>& into) noexcept;

}  // namespace gosan::live
