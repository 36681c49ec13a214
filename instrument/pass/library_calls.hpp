// Calls of libraries that are not instrumented.
#pragma once

#include <llvm/IR/Module.h>

namespace gosan::instrument {

// Before anything is inlined. libstdc++'s std::atomic<std::shared_ptr> gives its internal lock back by a relaxed operation after a
// load, and by an acquiring one after a failed exchange (bits/shared_ptr_atomic.h of GCC 12): the next holder's write of the pointer
// would be a race. The order is made acq_rel.
void mend_atomic_shared_ptr(llvm::Module& module);

// Sends the calls of checker/race/library_calls.def in `function` to their instrumented versions.
void redirect_library_calls(llvm::Function& function);

}  // namespace gosan::instrument
