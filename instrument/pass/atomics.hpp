// Atomic operations become calls that perform the operation and record its order.
#pragma once

#include <llvm/IR/Instruction.h>

#include "runtime_calls.hpp"

namespace gosan::instrument {

// Replaces one atomic load, store, update, compare-exchange or fence. Operations of a size the runtime does not know are
// left as they are: the code generator turns them into library calls. May split the block `i` is in.
void instrument_atomic(llvm::Instruction& i, runtime_calls& runtime);

}  // namespace gosan::instrument
