// Checks that a covering check has made before on every path to them, with nothing between that may synchronise, are taken out.
#pragma once

#include "accesses.hpp"

namespace gosan::instrument {

// REQUIRES: `accesses` in program order within each block.
void drop_known(llvm::SmallVectorImpl<access>& accesses, llvm::Function& function);

}  // namespace gosan::instrument
