// Rewrites one function: checks before accesses, calls for atomics, entry and exit.
#pragma once

#include <llvm/IR/Function.h>

#include "runtime_calls.hpp"

namespace gosan::instrument {

// Returns whether anything was inserted.
bool instrument_function(llvm::Function& function, runtime_calls& runtime);

// Gives the function a place on the call stack, nothing else.
void insert_frame(llvm::Function& function, runtime_calls& runtime);

// False for functions that must not be touched: the runtime's own, annotated ones, naked ones, declarations.
bool wants_instrumentation(const llvm::Function& function);

// The attribute by which marks.cpp remembers annotate("gosan::no_instrument").
inline constexpr char no_instrument_attribute[] = "gosan-no-instrument";

// Of those, what the runtime's headers bring.
inline constexpr char of_runtime_attribute[] = "gosan-of-runtime";

// gosan::detail::users, runtime/include/gosan/detail/users.hpp: the user's code in the library's headers.
inline constexpr char for_users_prefix[] = "_ZN5gosan6detail5users";
// Its functions whose argument the library is about to access as a whole.
inline constexpr char give_away_prefix[] = "_ZN5gosan6detail5users9give_away";
inline constexpr char offer_prefix[] = "_ZN5gosan6detail5users5offer";

}  // namespace gosan::instrument
