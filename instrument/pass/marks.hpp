// What must be known before the optimiser runs.
#pragma once

#include <llvm/IR/PassManager.h>

namespace gosan::instrument {

// Reads annotate("gosan::no_instrument") while it can still be told whose code is whose, and keeps the optimiser from
// mixing such functions with others, or from inventing accesses that the program does not make.
class marking_pass : public llvm::PassInfoMixin<marking_pass> {
 public:
  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&);
  static bool isRequired() { return true; }
};

}  // namespace gosan::instrument
