#include "accesses.hpp"

#include <llvm/Analysis/CaptureTracking.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Metadata.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace gosan::instrument {
namespace {

bool is_vtable(const GlobalVariable* global) {
  StringRef name = global->getName();
  return name.starts_with("_ZTV") || name.starts_with("_ZTC");
}

// Type-based alias metadata names vtable accesses when optimising; without it the stored constant shows.
Value* stored_vtable(StoreInst& store) {
  Value* value = store.getValueOperand();
  if (!value->getType()->isPointerTy()) return nullptr;
  if (MDNode* tag = store.getMetadata(LLVMContext::MD_tbaa); tag && tag->isTBAAVtableAccess()) return value;
  auto* global = dyn_cast<GlobalVariable>(getUnderlyingObject(value));
  return global && is_vtable(global) ? value : nullptr;
}

// A load out of a vtable, whose address was itself loaded.
bool reads_a_vtable(const LoadInst& load) {
  MDNode* tag = load.getMetadata(LLVMContext::MD_tbaa);
  if (!tag || !tag->isTBAAVtableAccess()) return false;
  const Value* object = getUnderlyingObject(load.getPointerOperand());
  auto* from = dyn_cast<LoadInst>(object);
  MDNode* from_tag = from ? from->getMetadata(LLVMContext::MD_tbaa) : nullptr;
  return from_tag && from_tag->isTBAAVtableAccess();
}

bool stays_local(const Value* object) {
  if (isa<AllocaInst>(object)) return !PointerMayBeCaptured(object, true, true);
  if (auto* argument = dyn_cast<Argument>(object); argument && argument->hasByValAttr())
    return !PointerMayBeCaptured(argument, true, true);
  return false;
}

class collector {
 public:
  explicit collector(Function& function)
      : function_(function), layout_(function.getParent()->getDataLayout()) {}

  function_accesses run() {
    for (BasicBlock& block : function_)
      for (Instruction& i : block) visit(i);
    return std::move(found_);
  }

 private:
  void visit(Instruction& i) {
    if (isa<LandingPadInst>(i)) found_.reentries.push_back(&i);
    if (i.hasMetadata(LLVMContext::MD_nosanitize)) return;
    if (i.isAtomic() && visit_atomic(i)) return;
    if (auto* load = dyn_cast<LoadInst>(&i)) return visit_load(*load);
    if (auto* store = dyn_cast<StoreInst>(&i)) return visit_store(*store);
    if (auto* call = dyn_cast<CallBase>(&i)) visit_call(*call);
  }

  // False when it orders this thread with itself only: then a load or store counts as plain.
  bool visit_atomic(Instruction& i) {
    if (auto scope = getAtomicSyncScopeID(&i); scope && *scope == SyncScope::SingleThread) return isa<FenceInst>(i);
    if (Value* pointer = pointer_of(i); pointer && pointer->getType()->getPointerAddressSpace() != 0) return true;
    found_.atomics.push_back(&i);
    return true;
  }

  static Value* pointer_of(Instruction& i) {
    if (Value* pointer = getLoadStorePointerOperand(&i)) return pointer;
    if (auto* update = dyn_cast<AtomicRMWInst>(&i)) return update->getPointerOperand();
    if (auto* exchange = dyn_cast<AtomicCmpXchgInst>(&i)) return exchange->getPointerOperand();
    return nullptr;
  }

  void visit_load(LoadInst& load) {
    if (load.hasMetadata(LLVMContext::MD_invariant_load) || reads_a_vtable(load)) return;
    add(&load, load.getPointerOperand(), layout_.getTypeStoreSize(load.getType()), load.getAlign(),
        access_kind::read);
  }

  void visit_store(StoreInst& store) {
    add(&store, store.getPointerOperand(), layout_.getTypeStoreSize(store.getValueOperand()->getType()),
        store.getAlign(), access_kind::write, stored_vtable(store));
  }

  void visit_call(CallBase& call) {
    if (auto* operation = dyn_cast<MemIntrinsic>(&call)) {
      found_.block_operations.push_back(operation);
      return;
    }
    if (auto* intrinsic = dyn_cast<IntrinsicInst>(&call)) return visit_intrinsic(*intrinsic);
    if (call.hasFnAttr(Attribute::ReturnsTwice)) found_.reentries.push_back(&call);
    found_.calls |= !call.isInlineAsm();
    for (unsigned n = 0; n != call.arg_size(); ++n)
      if (call.isByValArgument(n))  // the copy is made here, from memory that may be shared
        add(&call, call.getArgOperand(n), layout_.getTypeAllocSize(call.getParamByValType(n)),
            call.getParamAlign(n).valueOrOne(), access_kind::read);
  }

  void visit_intrinsic(IntrinsicInst& i) {
    switch (i.getIntrinsicID()) {
      case Intrinsic::masked_load: return add_masked(i, i.getArgOperand(0), i.getArgOperand(2), i.getType(), false);
      case Intrinsic::masked_gather: return add_masked(i, i.getArgOperand(0), i.getArgOperand(2), i.getType(), false);
      case Intrinsic::masked_store:
      case Intrinsic::masked_scatter:
        return add_masked(i, i.getArgOperand(1), i.getArgOperand(3), i.getArgOperand(0)->getType(), true);
      default: return;
    }
  }

  void add_masked(IntrinsicInst& i, Value* pointers, Value* mask, Type* vector, bool write) {
    auto* fixed = dyn_cast<FixedVectorType>(vector);
    if (!fixed) return;
    if (pointers->getType()->isPointerTy() && !may_be_shared(pointers)) return;
    found_.masked.push_back({&i, pointers, mask, fixed->getElementType(), write});
  }

  void add(Instruction* where, Value* pointer, TypeSize bytes, Align alignment, access_kind kind,
           Value* vtable = nullptr) {
    if (bytes.isScalable() || bytes.isZero() || !may_be_shared(pointer)) return;
    found_.plain.push_back({where, pointer, bytes.getFixedValue(), alignment, kind, vtable, where->getDebugLoc()});
  }

  Function& function_;
  const DataLayout& layout_;
  function_accesses found_;
};

}  // namespace

bool may_be_shared(Value* pointer) {
  if (pointer->getType()->getPointerAddressSpace() != 0 || pointer->isSwiftError()) return false;
  const Value* object = getUnderlyingObject(pointer);
  if (auto* global = dyn_cast<GlobalVariable>(object)) return !global->isConstant();
  return !stays_local(object);
}

bool may_synchronise(const Instruction& i) {
  if (i.isAtomic()) return true;
  auto* call = dyn_cast<CallBase>(&i);
  if (!call) return false;
  if (isa<IntrinsicInst>(call)) return !call->hasFnAttr(Attribute::NoSync);
  return !call->doesNotAccessMemory();
}

function_accesses collect_accesses(Function& function) { return collector(function).run(); }

}  // namespace gosan::instrument
