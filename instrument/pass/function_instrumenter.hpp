// Rewrites one function: checks before accesses, calls for atomics, entry and exit.
#pragma once

#include <llvm/IR/Function.h>

#include "runtime_calls.hpp"

namespace gosan::instrument {

// Returns whether anything was inserted.
bool instrument_function(llvm::Function& function, runtime_calls& runtime);

// False for functions that must not be touched: the runtime's own, annotated ones, naked ones, declarations.
bool wants_instrumentation(const llvm::Function& function);

// The attribute by which marks.cpp remembers annotate("gosan::no_instrument").
inline constexpr char no_instrument_attribute[] = "gosan-no-instrument";

}  // namespace gosan::instrument
