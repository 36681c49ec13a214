#include "library_calls.hpp"

#include <llvm/ADT/StringMap.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>

#include <string>

using namespace llvm;

namespace gosan::instrument {
namespace {

constexpr std::uint64_t acq_rel = 4;

bool of_atomic_shared_ptr(const Function& f) {
  return f.getName().starts_with("_ZNKSt10_Sp_atomicI") || f.getName().starts_with("_ZNSt10_Sp_atomicI");
}

// Its lock is given back by unlock(order), and inside _M_wait_unlock by fetch_sub(1, order).
bool gives_back(const Function& caller, const Function& callee) {
  if (of_atomic_shared_ptr(callee)) return callee.getName().contains("13_Atomic_count6unlockE");
  return caller.getName().contains("14_M_wait_unlockE") && callee.getName().contains("9fetch_subE");
}

void strengthen(CallBase& call) {
  if (call.arg_empty()) return;
  const unsigned last = call.arg_size() - 1;
  if (auto* order = dyn_cast<IntegerType>(call.getArgOperand(last)->getType()); order && order->getBitWidth() == 32)
    call.setArgOperand(last, ConstantInt::get(order, acq_rel));
}

const StringMap<StringRef>& library_functions() {
  static const StringMap<StringRef> types = {
#define GOSAN_LIBRARY_CALL(name, type) {#name, type},
#include "race/library_calls.def"
#undef GOSAN_LIBRARY_CALL
  };
  return types;
}

char letter_of(const Type* type) {
  if (type->isPointerTy()) return 'p';
  if (type->isIntegerTy(32)) return 'i';
  return type->isIntegerTy(64) ? 'l' : '?';
}

bool is_of_library(const Function& f) {
  const auto known = library_functions().find(f.getName());
  if (known == library_functions().end() || !f.isDeclaration()) return false;
  std::string type{letter_of(f.getReturnType()), ':'};
  for (const Type* parameter : f.getFunctionType()->params()) type += letter_of(parameter);
  return known->second == type;
}

}  // namespace

void mend_atomic_shared_ptr(Module& module) {
  for (Function& function : module) {
    if (!of_atomic_shared_ptr(function)) continue;
    for (BasicBlock& block : function)
      for (Instruction& i : block)
        if (auto* call = dyn_cast<CallBase>(&i))
          if (const Function* callee = call->getCalledFunction(); callee && gives_back(function, *callee)) strengthen(*call);
  }
}

void redirect_library_calls(Function& function) {
  Module& module = *function.getParent();
  for (BasicBlock& block : function)
    for (Instruction& i : block) {
      auto* call = dyn_cast<CallBase>(&i);
      Function* callee = call ? call->getCalledFunction() : nullptr;
      if (!callee || callee->isIntrinsic() || !is_of_library(*callee)) continue;
      if (call->hasMetadata(LLVMContext::MD_nosanitize)) continue;
      call->setCalledFunction(module.getOrInsertFunction(("__gosan_" + callee->getName()).str(), callee->getFunctionType()));
      // What the library function promised of memory is no longer so.
      call->removeFnAttr(Attribute::Memory);
      call->removeFnAttr(Attribute::Builtin);
    }
}

}  // namespace gosan::instrument
