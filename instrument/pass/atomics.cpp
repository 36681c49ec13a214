#include "atomics.hpp"

#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

using namespace llvm;

namespace gosan::instrument {
namespace {

// std::memory_order as a number.
ConstantInt* order_number(IRBuilder<>& build, AtomicOrdering order) {
  switch (order) {
    case AtomicOrdering::Acquire: return build.getInt32(2);
    case AtomicOrdering::Release: return build.getInt32(3);
    case AtomicOrdering::AcquireRelease: return build.getInt32(4);
    case AtomicOrdering::SequentiallyConsistent: return build.getInt32(5);
    default: return build.getInt32(0);
  }
}

class rewriter {
 public:
  rewriter(Instruction& i, runtime_calls& runtime)
      : i_(i), runtime_(runtime), build_(&i), layout_(i.getModule()->getDataLayout()) {}

  void run() {
    if (auto* fence = dyn_cast<FenceInst>(&i_)) return replace_fence(*fence);
    if (auto* load = dyn_cast<LoadInst>(&i_)) return replace_load(*load);
    if (auto* store = dyn_cast<StoreInst>(&i_)) return replace_store(*store);
    if (auto* update = dyn_cast<AtomicRMWInst>(&i_)) return replace_update(*update);
    if (auto* exchange = dyn_cast<AtomicCmpXchgInst>(&i_)) return replace_compare_exchange(*exchange);
  }

 private:
  bool fits(Type* type, Align alignment) {
    bits_ = layout_.getTypeStoreSizeInBits(type).getFixedValue();
    return bits_ >= 8 && bits_ <= 128 && isPowerOf2_64(bits_) && alignment.value() * 8 >= bits_;
  }

  Type* integer() { return build_.getIntNTy(bits_); }

  Value* as_integer(Value* value) {
    if (value->getType()->isIntegerTy()) return build_.CreateZExt(value, integer());
    return build_.CreateBitOrPointerCast(value, integer());
  }

  Value* from_integer(Value* value, Type* type) {
    if (type->isIntegerTy()) return build_.CreateTrunc(value, type);
    return build_.CreateBitOrPointerCast(value, type);
  }

  void replace_with(Value* value) {
    value->takeName(&i_);
    i_.replaceAllUsesWith(value);
    i_.eraseFromParent();
  }

  void replace_fence(FenceInst& fence) {
    build_.CreateCall(runtime_.fence(), {order_number(build_, fence.getOrdering())});
    fence.eraseFromParent();
  }

  void replace_load(LoadInst& load) {
    if (!fits(load.getType(), load.getAlign())) return;
    Value* found = build_.CreateCall(runtime_.atomic_load(bits_),
                                     {load.getPointerOperand(), order_number(build_, load.getOrdering())});
    replace_with(from_integer(found, load.getType()));
  }

  void replace_store(StoreInst& store) {
    Value* value = store.getValueOperand();
    if (!fits(value->getType(), store.getAlign())) return;
    build_.CreateCall(runtime_.atomic_store(bits_), {store.getPointerOperand(), as_integer(value),
                                                     order_number(build_, store.getOrdering())});
    store.eraseFromParent();
  }

  void replace_compare_exchange(AtomicCmpXchgInst& exchange) {
    Type* type = exchange.getCompareOperand()->getType();
    if (!fits(type, exchange.getAlign())) return;
    Value* expected = as_integer(exchange.getCompareOperand());
    Value* found = build_.CreateCall(
        runtime_.atomic_compare_exchange(bits_),
        {exchange.getPointerOperand(), expected, as_integer(exchange.getNewValOperand()),
         order_number(build_, exchange.getSuccessOrdering()), order_number(build_, exchange.getFailureOrdering())});
    Value* success = build_.CreateICmpEQ(found, expected);
    Value* pair = build_.CreateInsertValue(PoisonValue::get(exchange.getType()), from_integer(found, type), 0);
    replace_with(build_.CreateInsertValue(pair, success, 1));
  }

  static StringRef operation_name(AtomicRMWInst::BinOp operation) {
    switch (operation) {
      case AtomicRMWInst::Xchg: return "exchange";
      case AtomicRMWInst::Add: return "fetch_add";
      case AtomicRMWInst::Sub: return "fetch_sub";
      case AtomicRMWInst::And: return "fetch_and";
      case AtomicRMWInst::Or: return "fetch_or";
      case AtomicRMWInst::Xor: return "fetch_xor";
      case AtomicRMWInst::Nand: return "fetch_nand";
      default: return "";
    }
  }

  void replace_update(AtomicRMWInst& update) {
    if (!fits(update.getType(), update.getAlign())) return;
    StringRef name = operation_name(update.getOperation());
    if (name.empty()) return replace_by_loop(update);
    Value* found = build_.CreateCall(
        runtime_.atomic_update(bits_, name),
        {update.getPointerOperand(), as_integer(update.getValOperand()), order_number(build_, update.getOrdering())});
    replace_with(from_integer(found, update.getType()));
  }

  // max, min, floating point and whatever else the language grows: computed here, exchanged when nobody came between.
  void replace_by_loop(AtomicRMWInst& update) {
    Type* type = update.getType();
    Value* pointer = update.getPointerOperand();
    Value* first = build_.CreateCall(runtime_.atomic_load(bits_), {pointer, build_.getInt32(0)});
    BasicBlock* before = update.getParent();
    BasicBlock* after = SplitBlock(before, &update);
    BasicBlock* loop = BasicBlock::Create(update.getContext(), "atomic.again", before->getParent(), after);
    before->getTerminator()->setSuccessor(0, loop);

    build_.SetInsertPoint(loop);
    build_.SetCurrentDebugLocation(update.getDebugLoc());
    PHINode* expected = build_.CreatePHI(integer(), 2);
    expected->addIncoming(first, before);
    Value* wanted = combine(update, from_integer(expected, type));
    AtomicOrdering on_failure = AtomicCmpXchgInst::getStrongestFailureOrdering(update.getOrdering());
    Value* found = build_.CreateCall(runtime_.atomic_compare_exchange(bits_),
                                     {pointer, expected, as_integer(wanted), order_number(build_, update.getOrdering()),
                                      order_number(build_, on_failure)});
    expected->addIncoming(found, loop);
    build_.CreateCondBr(build_.CreateICmpEQ(found, expected), after, loop);

    build_.SetInsertPoint(&update);
    replace_with(from_integer(found, type));
  }

  Value* combine(AtomicRMWInst& update, Value* old) {
    Value* by = update.getValOperand();
    switch (update.getOperation()) {
      case AtomicRMWInst::Max: return build_.CreateSelect(build_.CreateICmpSGT(old, by), old, by);
      case AtomicRMWInst::Min: return build_.CreateSelect(build_.CreateICmpSLT(old, by), old, by);
      case AtomicRMWInst::UMax: return build_.CreateSelect(build_.CreateICmpUGT(old, by), old, by);
      case AtomicRMWInst::UMin: return build_.CreateSelect(build_.CreateICmpULT(old, by), old, by);
      case AtomicRMWInst::FAdd: return build_.CreateFAdd(old, by);
      case AtomicRMWInst::FSub: return build_.CreateFSub(old, by);
      case AtomicRMWInst::FMax: return build_.CreateMaxNum(old, by);
      case AtomicRMWInst::FMin: return build_.CreateMinNum(old, by);
      case AtomicRMWInst::UIncWrap: {
        Value* next = build_.CreateAdd(old, ConstantInt::get(old->getType(), 1));
        return build_.CreateSelect(build_.CreateICmpUGE(old, by), Constant::getNullValue(old->getType()), next);
      }
      case AtomicRMWInst::UDecWrap: {
        Value* next = build_.CreateSub(old, ConstantInt::get(old->getType(), 1));
        Value* wraps = build_.CreateOr(build_.CreateIsNull(old), build_.CreateICmpUGT(old, by));
        return build_.CreateSelect(wraps, by, next);
      }
      default: llvm_unreachable("operations with a name of their own never come here");
    }
  }

  Instruction& i_;
  runtime_calls& runtime_;
  IRBuilder<> build_;
  const DataLayout& layout_;
  unsigned bits_ = 0;
};

}  // namespace

void instrument_atomic(Instruction& i, runtime_calls& runtime) { rewriter(i, runtime).run(); }

}  // namespace gosan::instrument
