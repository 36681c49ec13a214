// Checks that every turn of a loop makes anyway are made once, before the loop: of one place, or of the whole range the turns
// walk over.
//
// Only in loops without anything that may synchronise, so that all turns lie in the epoch the check is made in; and only what is
// certain to be accessed, so that nothing is reported that the program does not do. A stretch that is walked over in pieces (an
// unrolled loop, fields of one line's structure) is merged when its pieces leave no gap and stand in one line of the source.
#pragma once

#include "accesses.hpp"

namespace gosan::instrument {

// May add blocks to the function, never moves one of its instructions.
void merge_in_loops(llvm::SmallVectorImpl<access>& accesses, llvm::Function& function);

}  // namespace gosan::instrument
