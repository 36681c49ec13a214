// The code that stands in place of a call where that is possible: the same-epoch check of race/shadow_layout.hpp, and the
// call stack of race::thread_view. x86-64 only; elsewhere everything is a call.
//
// The running actor's view is addressed relative to the thread's segment in every single access. An address of it must
// never be kept: a goroutine may go on in another thread after any call.
#pragma once

#include "accesses.hpp"

namespace gosan::instrument {

bool can_inline(const llvm::Module& module);

// Emits the check before `a.where`, splitting its block. False when the access is of a shape that needs the call.
bool inline_check(const access& a, runtime_calls& runtime);

// The call stack, inserted before `at`; the entry splits the block. The token is the one of __gosan_func_entry times
// the size of a frame.
inline constexpr unsigned frame_shift = 4;
llvm::Value* inline_entry(llvm::Instruction* at, llvm::Value* call_site, runtime_calls& runtime);
void inline_exit(llvm::Instruction* at, llvm::Value* token);

}  // namespace gosan::instrument
