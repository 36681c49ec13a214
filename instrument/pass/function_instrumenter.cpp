#include "function_instrumenter.hpp"

#include <llvm/IR/EHPersonalities.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "accesses.hpp"
#include "atomics.hpp"
#include "inline_check.hpp"
#include "known.hpp"
#include "loops.hpp"
#include "options.hpp"
#include "pruning.hpp"

using namespace llvm;

namespace gosan::instrument {
namespace {

// Small constant sizes become plain instructions in the code generator; larger ones a library call, which ours replaces.
constexpr std::uint64_t inline_operation_limit = 64;

class instrumenter {
 public:
  instrumenter(Function& function, runtime_calls& runtime)
      : function_(function), runtime_(runtime), size_(function.getParent()->getDataLayout().getIntPtrType(
                                                    function.getContext())) {
    bool here = can_inline(*function.getParent());
    inline_checks_ = here && enabled_optimisations().inline_checks;
    inline_frames_ = here && enabled_optimisations().inline_frames;
  }

  bool run() {
    function_accesses found = collect_accesses(function_);
    if (enabled_optimisations().block_cover) prune(found.plain, function_);
    if (enabled_optimisations().known_before) drop_known(found.plain, function_);
    if (enabled_optimisations().loop_ranges) merge_in_loops(found.plain, function_);
    bool needs_frame = found.calls || !found.plain.empty() || !found.atomics.empty() || !found.masked.empty();
    for (MemIntrinsic* operation : found.block_operations) needs_frame |= check_block_operation(*operation);
    const bool writes = function_.getName().starts_with(give_away_prefix), reads = function_.getName().starts_with(offer_prefix);
    if (!needs_frame && !writes && !reads) return false;

    for (const access& a : found.plain) check(a);
    if (writes || reads) check_argument(writes ? access_kind::write : access_kind::read);
    insert_frame(found.reentries);
    // These split blocks, so they come last.
    for (const masked_access& m : found.masked) check_masked(m);
    for (Instruction* atomic : found.atomics) instrument_atomic(*atomic, runtime_);
    return true;
  }

  void insert_frame(ArrayRef<Instruction*> reentries) {
    Value* frame = insert_entry();
    for (Instruction* reentry : reentries) {
      IRBuilder<> build(reentry->getParent(), std::next(reentry->getIterator()));
      if (isa<LandingPadInst>(reentry)) build.SetInsertPoint(reentry->getParent(), reentry->getParent()->getFirstInsertionPt());
      build.SetCurrentDebugLocation(reentry->getDebugLoc());
      build.CreateCall(runtime_.func_resume(), {inline_frames_ ? build.CreateLShr(frame, frame_shift) : frame});
    }
    for (BasicBlock& block : function_) {
      auto* leave = dyn_cast<ReturnInst>(block.getTerminator());
      if (!leave) continue;
      Instruction* tail = block.getTerminatingMustTailCall();
      if (inline_frames_) {
        inline_exit(tail ? tail : leave, frame);
        continue;
      }
      IRBuilder<> build(tail ? tail : leave);
      build.CreateCall(runtime_.func_exit(), {frame});
    }
  }

 private:
  void check(const access& a) {
    if (inline_checks_ && inline_check(a, runtime_)) return;
    IRBuilder<> build(a.where);
    build.SetCurrentDebugLocation(a.place);
    if (a.length) {
      build.CreateCall(runtime_.loop(a.writes()), {a.pointer, build.CreateZExtOrTrunc(a.length, size_), build.getIntN(size_bits(), a.bytes)});
      return;
    }
    if (a.vtable) {
      build.CreateCall(runtime_.vptr_write(), {a.pointer, a.vtable});
      return;
    }
    check_bytes(build, a.pointer, a.bytes, a.alignment, a.kind);
  }

  void check_argument(access_kind kind) {
    IRBuilder<> build(function_.getEntryBlock().getTerminator());
    build.SetCurrentDebugLocation(function_.getEntryBlock().getTerminator()->getDebugLoc());
    check_range(build, function_.getArg(0), build.getIntN(size_bits(), function_.getParamDereferenceableBytes(0)), kind);
  }

  void check_bytes(IRBuilder<>& build, Value* pointer, std::uint64_t bytes, Align alignment, access_kind kind) {
    if (!isPowerOf2_64(bytes) || bytes > 16) return check_range(build, pointer, build.getIntN(size_bits(), bytes), kind);
    build.CreateCall(runtime_.access(kind, bytes, alignment.value() >= bytes), {pointer});
  }

  void check_range(IRBuilder<>& build, Value* pointer, Value* bytes, access_kind kind) {
    build.CreateCall(runtime_.range(kind != access_kind::read), {pointer, bytes});
  }

  unsigned size_bits() const { return size_->getIntegerBitWidth(); }

  // A check of what the operation reads and writes, or a call that does the operation and checks it.
  bool check_block_operation(MemIntrinsic& operation) {
    auto* transfer = dyn_cast<MemTransferInst>(&operation);
    bool writes_shared = may_be_shared(operation.getDest());
    bool reads_shared = transfer && may_be_shared(transfer->getSource());
    if (!writes_shared && !reads_shared) return false;
    auto* length = dyn_cast<ConstantInt>(operation.getLength());
    if (length && length->isZero()) return false;

    IRBuilder<> build(&operation);
    Value* bytes = build.CreateZExtOrTrunc(operation.getLength(), size_);
    bool stays_inline = length && length->getValue().ule(inline_operation_limit);
    bool has_plain_pointers = operation.getDestAddressSpace() == 0 && (!transfer || transfer->getSourceAddressSpace() == 0);
    if (!stays_inline && has_plain_pointers && !must_stay_inline(operation)) {
      call_block_operation(build, operation, transfer, bytes);
      return true;
    }
    if (reads_shared) check_block(build, transfer->getSource(), bytes, transfer->getSourceAlign(), access_kind::read);
    if (writes_shared) check_block(build, operation.getDest(), bytes, operation.getDestAlign(), access_kind::write);
    return true;
  }

  static bool must_stay_inline(const MemIntrinsic& operation) {
    return operation.isVolatile() || isa<MemCpyInlineInst>(operation) || isa<MemSetInlineInst>(operation);
  }

  void check_block(IRBuilder<>& build, Value* pointer, Value* bytes, MaybeAlign alignment, access_kind kind) {
    if (auto* length = dyn_cast<ConstantInt>(bytes))
      return check_bytes(build, pointer, length->getZExtValue(), alignment.valueOrOne(), kind);
    check_range(build, pointer, bytes, kind);
  }

  void call_block_operation(IRBuilder<>& build, MemIntrinsic& operation, MemTransferInst* transfer, Value* bytes) {
    if (transfer) {
      FunctionCallee callee = isa<MemMoveInst>(operation) ? runtime_.memmove() : runtime_.memcpy();
      build.CreateCall(callee, {operation.getDest(), transfer->getSource(), bytes});
    } else {
      Value* value = build.CreateZExt(cast<MemSetInst>(operation).getValue(), build.getInt32Ty());
      build.CreateCall(runtime_.memset(), {operation.getDest(), value, bytes});
    }
    operation.eraseFromParent();
  }

  // One check per lane that the mask lets through.
  void check_masked(const masked_access& m) {
    const DataLayout& layout = function_.getParent()->getDataLayout();
    unsigned lanes = cast<FixedVectorType>(m.mask->getType())->getNumElements();
    std::uint64_t bytes = layout.getTypeStoreSize(m.element);
    for (unsigned lane = 0; lane != lanes; ++lane) {
      IRBuilder<> build(m.where);
      Value* on = build.CreateExtractElement(m.mask, lane);
      if (auto* known = dyn_cast<ConstantInt>(on); known && known->isZero()) continue;
      Instruction* then = SplitBlockAndInsertIfThen(on, m.where->getIterator(), false);
      IRBuilder<> inside(then);
      inside.SetCurrentDebugLocation(m.where->getDebugLoc());
      Value* pointer = m.pointers->getType()->isVectorTy() ? inside.CreateExtractElement(m.pointers, lane)
                                                           : inside.CreateConstGEP1_32(m.element, m.pointers, lane);
      check_bytes(inside, pointer, bytes, Align(1), m.write ? access_kind::write : access_kind::read);
    }
  }

  // Behind the allocas, so that they stay together. Line 0: a debugger's breakpoint belongs behind the prologue.
  Value* insert_entry() {
    BasicBlock& entry = function_.getEntryBlock();
    BasicBlock::iterator at = entry.getFirstInsertionPt();
    while (isa<AllocaInst>(*at)) ++at;
    IRBuilder<> build(&entry, at);
    if (DISubprogram* program = function_.getSubprogram())
      build.SetCurrentDebugLocation(DILocation::get(function_.getContext(), 0, 0, program));
    else
      build.SetCurrentDebugLocation(DebugLoc());
    Value* call_site = build.CreateIntrinsic(Intrinsic::returnaddress, {}, {build.getInt32(0)});
    if (inline_frames_) return inline_entry(&*at, call_site, runtime_);
    return build.CreateCall(runtime_.func_entry(), {call_site});
  }

  Function& function_;
  runtime_calls& runtime_;
  Type* size_;
  bool inline_checks_, inline_frames_;
};

bool uses_funclets(const Function& function) {
  return function.hasPersonalityFn() && isFuncletEHPersonality(classifyEHPersonality(function.getPersonalityFn()));
}

}  // namespace

bool wants_instrumentation(const Function& function) {
  if (function.isDeclaration() || function.hasAvailableExternallyLinkage()) return false;
  if (function.hasFnAttribute(Attribute::Naked) || function.hasFnAttribute(no_instrument_attribute)) return false;
  if (function.hasFnAttribute(Attribute::DisableSanitizerInstrumentation)) return false;
  if (function.isPresplitCoroutine() || uses_funclets(function)) return false;
  return !function.getName().starts_with("__gosan_") && !function.getName().starts_with("gosan.");
}

bool instrument_function(Function& function, runtime_calls& runtime) { return instrumenter(function, runtime).run(); }
void insert_frame(Function& function, runtime_calls& runtime) { instrumenter(function, runtime).insert_frame(collect_accesses(function).reentries); }

}  // namespace gosan::instrument
