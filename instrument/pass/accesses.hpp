// What a function does to memory that another goroutine could see.
#pragma once

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/IntrinsicInst.h>

#include "runtime_calls.hpp"

namespace gosan::instrument {

// One check to be made, before `where` executes.
struct access {
  llvm::Instruction* where = nullptr;
  llvm::Value* pointer = nullptr;
  std::uint64_t bytes = 0;
  llvm::Align alignment;
  access_kind kind = access_kind::read;
  llvm::Value* vtable = nullptr;  // a store of a vtable pointer: what it stores
  llvm::DebugLoc place;           // of the access itself; `where` may be before a loop
  llvm::Value* length = nullptr;  // how many bytes a loop walks over in pieces of `bytes`

  bool writes() const { return kind != access_kind::read; }
};

// A lane-wise access under a mask, or through a vector of pointers.
struct masked_access {
  llvm::IntrinsicInst* where = nullptr;
  llvm::Value *pointers = nullptr, *mask = nullptr;
  llvm::Type* element = nullptr;
  bool write = false;
};

struct function_accesses {
  llvm::SmallVector<access, 32> plain;                      // in program order within a block
  llvm::SmallVector<llvm::Instruction*, 8> atomics;         // fences too
  llvm::SmallVector<llvm::MemIntrinsic*, 8> block_operations;
  llvm::SmallVector<masked_access, 0> masked;
  llvm::SmallVector<llvm::Instruction*, 4> reentries;       // landing pads, calls that return twice
  bool calls = false;                                       // calls something that could be seen in a stack
};

function_accesses collect_accesses(llvm::Function& function);

// Whether a check of this access can be of use: false for memory that cannot be written while it is read, and for
// locals whose address stays in the function.
bool may_be_shared(llvm::Value* pointer);

// Whether `i` may order what comes before it with another goroutine, or what comes after.
bool may_synchronise(const llvm::Instruction& i);

}  // namespace gosan::instrument
