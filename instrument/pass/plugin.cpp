// gosan_pass.so: registers the passes with clang's pipelines, and by name with opt:
//   clang++-19 -fpass-plugin=gosan_pass.so ...
//   opt-19 -load-pass-plugin=gosan_pass.so -passes=gosan-mark,gosan-instrument
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Passes/PassPlugin.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

#include "function_instrumenter.hpp"
#include "library_calls.hpp"
#include "marks.hpp"
#include "race/abi.hpp"

using namespace llvm;

namespace gosan::instrument {
namespace {

class instrumenting_pass : public PassInfoMixin<instrumenting_pass> {
 public:
  static bool isRequired() { return true; }

  PreservedAnalyses run(Module& module, ModuleAnalysisManager&) {
    if (module.getFunction(constructor_name)) return PreservedAnalyses::all();  // done before
    runtime_calls runtime(module);
    const SmallVector<Function*, 16> on_the_way = on_the_way_to_users_code(module);
    for (Function& function : module) {
      if (wants_instrumentation(function)) {
        redirect_library_calls(function);
        instrument_function(function, runtime);
      }
      function.removeFnAttr(Attribute::SanitizeThread);
    }
    for (Function* function : on_the_way) insert_frame(*function, runtime);
    add_constructor(module, runtime);
    return PreservedAnalyses::none();
  }

 private:
  // Functions of the runtime's headers that call what is instrumented, at once or through others of them: without a place of theirs on
  // the call stack, the line of the user's that called them would be missing there.
  static SmallVector<Function*, 16> on_the_way_to_users_code(Module& module) {
    SmallVector<Function*, 16> found;
    SmallPtrSet<const Function*, 32> leads;
    for (Function& function : module)
      if (wants_instrumentation(function)) leads.insert(&function);
    for (bool more = true; more;) {
      more = false;
      for (Function& function : module) {
        if (function.isDeclaration() || !function.hasFnAttribute(of_runtime_attribute) || leads.contains(&function)) continue;
        if (!calls_any(function, leads)) continue;
        leads.insert(&function);
        found.push_back(&function);
        more = true;
      }
    }
    return found;
  }

  static bool calls_any(Function& function, const SmallPtrSetImpl<const Function*>& leads) {
    return any_of(instructions(function), [&](const Instruction& i) {
      const auto* call = dyn_cast<CallBase>(&i);
      return call && call->getCalledFunction() && leads.contains(call->getCalledFunction());
    });
  }

  static constexpr char constructor_name[] = "gosan.module_init";

  static void add_constructor(Module& module, runtime_calls& runtime) {
    Function* constructor = Function::createWithDefaultAttr(
        FunctionType::get(Type::getVoidTy(module.getContext()), false), GlobalValue::InternalLinkage, 0,
        constructor_name, &module);
    constructor->addFnAttr(Attribute::NoUnwind);
    IRBuilder<> build(BasicBlock::Create(module.getContext(), "", constructor));
    build.CreateCall(runtime.module_init(), {build.getInt32(race::gosan_abi_version), constructor});
    build.CreateRetVoid();
    appendToGlobalCtors(module, constructor, 0);
  }
};

void register_passes(PassBuilder& builder) {
  builder.registerPipelineStartEPCallback(
      [](ModulePassManager& passes, OptimizationLevel) { passes.addPass(marking_pass()); });
  builder.registerOptimizerLastEPCallback(
      [](ModulePassManager& passes, OptimizationLevel) { passes.addPass(instrumenting_pass()); });
  builder.registerPipelineParsingCallback(
      [](StringRef name, ModulePassManager& passes, ArrayRef<PassBuilder::PipelineElement>) {
        if (name == "gosan-mark") return passes.addPass(marking_pass()), true;
        if (name == "gosan-instrument") return passes.addPass(instrumenting_pass()), true;
        return false;
      });
}

}  // namespace
}  // namespace gosan::instrument

extern "C" LLVM_ATTRIBUTE_WEAK __attribute__((visibility("default"))) PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "gosan", "1", gosan::instrument::register_passes};
}
