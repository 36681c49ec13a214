#include "marks.hpp"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include "function_instrumenter.hpp"
#include "library_calls.hpp"

using namespace llvm;

namespace gosan::instrument {
namespace {

// A word for functions that are never to be looked into, from llvm.global.annotations: { function, text, file, line, arguments }.
void read_annotations(Module& module) {
  GlobalVariable* list = module.getGlobalVariable("llvm.global.annotations");
  if (!list || !list->hasInitializer()) return;
  for (const Use& entry : list->getInitializer()->operands()) {
    auto* fields = dyn_cast<ConstantStruct>(entry);
    if (!fields || fields->getNumOperands() < 2) continue;
    auto* function = dyn_cast<Function>(fields->getOperand(0)->stripPointerCasts());
    auto* text = dyn_cast<GlobalVariable>(fields->getOperand(1)->stripPointerCasts());
    if (!function || !text || !text->hasInitializer()) continue;
    auto* characters = dyn_cast<ConstantDataArray>(text->getInitializer());
    if (characters && characters->isCString() && characters->getAsCString() == "gosan::no_instrument")
      function->addFnAttr(no_instrument_attribute);
  }
}

// A resolver runs while the program is being relocated: nothing can be called yet.
void exempt_resolvers(Module& module) {
  for (GlobalIFunc& function : module.ifuncs())
    if (Function* resolver = function.getResolverFunction()) resolver->addFnAttr(no_instrument_attribute);
}

// What the runtime's headers bring into user code keeps its own order by events; its atomics would add orders that the
// user's program does not have. Matches members of namespace gosan and what is local to them, not user types used by them.
// What detail/users.hpp does to the user's objects stays the user's.
void exempt_runtime(Module& module) {
  for (Function& function : module) {
    if (function.getName().starts_with(for_users_prefix)) continue;
    for (StringRef prefix : {"_ZN5gosan", "_ZNK5gosan", "_ZZN5gosan", "_ZZNK5gosan"})
      if (function.getName().starts_with(prefix)) {
        function.addFnAttr(no_instrument_attribute);
        function.addFnAttr(of_runtime_attribute);
      }
  }
}

// libstdc++'s std::ctype<char> remembers the characters it has converted without any order (its bug 77704): each thread writes the
// same byte.
void exempt_character_caches(Module& module) {
  for (Function& function : module)
    for (StringRef prefix : {"_ZNKSt5ctypeIcE6narrowE", "_ZNKSt5ctypeIcE5widenE"})
      if (function.getName().starts_with(prefix)) function.addFnAttr(no_instrument_attribute);
}

// An always_inline body ends up in instrumented functions; its accesses carry the exemption themselves.
void exempt_accesses(Function& function) {
  MDNode* empty = MDNode::get(function.getContext(), {});
  for (BasicBlock& block : function)
    for (Instruction& i : block)
      if (i.mayReadOrWriteMemory()) i.setMetadata(LLVMContext::MD_nosanitize, empty);
}

// [[gnu::flatten]] goes one call deep in clang, by a mark on each call; the optimiser would stop there, since the callees of the library
// are instrumented and their caller is not. Here it goes all the way down, as in GCC.
void flatten(Function& function) {
  SmallVector<CallBase*, 8> calls;
  for (BasicBlock& block : function)
    for (Instruction& i : block)
      if (auto* call = dyn_cast<CallBase>(&i); call && call->getAttributes().hasFnAttr(Attribute::AlwaysInline)) calls.push_back(call);
  for (unsigned left = 64; left && !calls.empty(); --left) {
    CallBase* call = calls.pop_back_val();
    Function* callee = call->getCalledFunction();
    if (!callee || callee->isDeclaration() || callee == &function || callee->hasFnAttribute(Attribute::NoInline)) continue;
    InlineFunctionInfo done;
    if (!InlineFunction(*call, done).isSuccess()) continue;
    calls.append(done.InlinedCallSites.begin(), done.InlinedCallSites.end());
  }
}

}  // namespace

PreservedAnalyses marking_pass::run(Module& module, ModuleAnalysisManager&) {
  read_annotations(module);
  exempt_resolvers(module);
  exempt_runtime(module);
  exempt_character_caches(module);
  mend_atomic_shared_ptr(module);
  for (Function& function : module)
    if (function.hasFnAttribute(no_instrument_attribute) && !function.isDeclaration()) flatten(function);
  for (Function& function : module) {
    if (function.isDeclaration()) continue;
    // The optimiser knows this attribute: it neither speculates loads in such a function nor inlines it into one
    // without, so a goroutine's body is not lost in the runtime's template that calls it.
    if (!function.hasFnAttribute(no_instrument_attribute)) function.addFnAttr(Attribute::SanitizeThread);
    else if (function.hasFnAttribute(Attribute::AlwaysInline)) exempt_accesses(function);
  }
  return PreservedAnalyses::none();
}

}  // namespace gosan::instrument
