// Checks that can be left out because another check of the same function covers them.
#pragma once

#include "accesses.hpp"

namespace gosan::instrument {

// An access goes only when another one of the same stretch without synchronisation covers its bytes, with a kind that
// races with everything the dropped one races with: a write covers a read, not the other way round.
void prune(llvm::SmallVectorImpl<access>& accesses, llvm::Function& function);

}  // namespace gosan::instrument
