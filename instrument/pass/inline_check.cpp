#include "inline_check.hpp"

#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>
#include <llvm/Transforms/Utils/Local.h>

#include <cstddef>

#include "race/shadow_layout.hpp"

using namespace llvm;

namespace gosan::instrument {
namespace {

constexpr unsigned thread_segment = 257;  // fs
constexpr std::uint64_t frame_bytes = sizeof(race::frame_entry);
static_assert(frame_bytes == 1u << frame_shift);

Constant* external_data(Module& module, StringRef name, Type* type) {
  return cast<Constant>(module.getOrInsertGlobal(name, type));
}

// A field of the running thread's view. Only the distance from the segment's start is a value; it is the same in all threads.
class thread_fields {
 public:
  explicit thread_fields(IRBuilder<>& build) : build_(build) {
    auto* type = FunctionType::get(build.getInt64Ty(), false);
    InlineAsm* code = InlineAsm::get(type, "movq __gosan_thread@GOTTPOFF(%rip), $0", "=r", false);
    distance_ = build.CreateCall(code);
  }

  Value* load(std::size_t offset, Type* type) { return build_.CreateAlignedLoad(type, at(offset), Align(8), true); }
  void store(std::size_t offset, Value* value) { build_.CreateAlignedStore(value, at(offset), Align(8), true); }

 private:
  Value* at(std::size_t offset) {
    Value* sum = build_.CreateAdd(distance_, build_.getInt64(offset));
    return build_.CreateIntToPtr(sum, PointerType::get(build_.getContext(), thread_segment));
  }

  IRBuilder<>& build_;
  Value* distance_;
};

MDNode* rarely(LLVMContext& context) { return MDBuilder(context).createBranchWeights(1, 100000); }

class check_builder {
 public:
  check_builder(const access& a, runtime_calls& runtime)
      : a_(a), runtime_(runtime), module_(*a.where->getModule()), context_(module_.getContext()) {}

  // head: the leaf is there?  known: the state says so?  missed: the call.  Then on with the access.
  void run() {
    DebugLoc place = a_.place;
    BasicBlock* head = a_.where->getParent();
    BasicBlock* after = SplitBlock(head, a_.where);
    BasicBlock* known = BasicBlock::Create(context_, "", head->getParent(), after);
    BasicBlock* missed = BasicBlock::Create(context_, "", head->getParent(), after);

    head->getTerminator()->eraseFromParent();
    IRBuilder<> build(head);
    build.SetCurrentDebugLocation(place);
    Value* address = build.CreatePtrToInt(a_.pointer, build.getInt64Ty());
    Value* leaf = load_leaf(build, address);
    build.CreateCondBr(build.CreateIsNull(leaf), missed, known, rarely(context_));

    build.SetInsertPoint(known);
    build.CreateCondBr(differs(build, leaf, address), missed, after, rarely(context_));

    build.SetInsertPoint(missed);
    CallInst* call = build.CreateCall(runtime_.missed(a_.writes(), a_.bytes), {a_.pointer});
    call->setCallingConv(CallingConv::PreserveMost);
    build.CreateBr(after);
  }

 private:
  Value* load_leaf(IRBuilder<>& build, Value* address) {
    auto* table = ArrayType::get(build.getPtrTy(), race::root_entries);
    Constant* root = external_data(module_, "__gosan_shadow_root", table);
    Value* index = build.CreateAnd(build.CreateLShr(address, race::leaf_bits), race::root_entries - 1);
    return build.CreateLoad(build.getPtrTy(), build.CreateInBoundsGEP(table, root, {build.getInt64(0), index}));
  }

  // Not zero when the state is another actor's or epoch's, or does not cover the bytes.
  Value* differs(IRBuilder<>& build, Value* leaf, Value* address) {
    Value* offset = offset_of(build, address);
    Value* cell = build.CreateInBoundsGEP(build.getInt8Ty(), leaf, offset);
    Value* id = load_word(build, cell);
    Value* states = build.CreateLoad(build.getPtrTy(), external_data(module_, "__gosan_states", build.getPtrTy()));
    Value* distance = build.CreateMul(build.CreateZExt(id, build.getInt64Ty()), build.getInt64(race::state_unit));
    Value* state = build.CreateInBoundsGEP(build.getInt8Ty(), states, distance);

    // The cover first: see [HEAD] in race/states.cpp.
    Value* cover_at = build.CreateConstInBoundsGEP1_64(build.getInt8Ty(), state, offsetof(race::state, cover));
    Value* cover = build.CreateZExt(build.CreateAlignedLoad(build.getInt16Ty(), cover_at, Align(2), true), build.getInt64Ty());
    Value* owner = build.CreateAlignedLoad(build.getInt64Ty(), state, Align(8), true);
    Value* now = thread_fields(build).load(offsetof(race::thread_view, now), build.getInt64Ty());
    Value* missing = build.CreateAnd(build.CreateNot(cover), needed(build, address));
    Value* difference = build.CreateOr(build.CreateXor(owner, now), missing);
    if (spans()) {  // nearly always, the last granule has the same state; past the end of the leaf it is the call's affair
      Value* last = offset_of(build, build.CreateAdd(address, build.getInt64(a_.bytes - 1)));
      Value* other = build.CreateXor(id, load_word(build, build.CreateInBoundsGEP(build.getInt8Ty(), leaf, last)));
      difference = build.CreateOr(difference, build.CreateZExt(other, build.getInt64Ty()));
      if (a_.alignment.value() < a_.bytes)
        difference = build.CreateOr(difference, build.CreateLShr(build.CreateSub(last, offset), 63));
    }
    return build.CreateIsNotNull(difference);
  }

  // Whether the access may touch two granules.
  bool spans() const { return a_.bytes > 8 || a_.alignment.value() < a_.bytes; }

  Value* offset_of(IRBuilder<>& build, Value* address) {
    return build.CreateAnd(build.CreateLShr(address, 1), race::leaf_offset_mask);
  }

  Value* load_word(IRBuilder<>& build, Value* at) {
    LoadInst* word = build.CreateAlignedLoad(build.getInt32Ty(), at, Align(4));
    word->setAtomic(AtomicOrdering::Monotonic);  // what is loaded through it depends on it
    return word;
  }

  Value* needed(IRBuilder<>& build, Value* address) {
    // Of granules that are touched in part, the whole is asked for: dense data has it.
    unsigned bytes = spans() ? 8 : a_.bytes;
    std::uint64_t mask = race::need_of(static_cast<race::byte_mask>((1u << bytes) - 1), a_.writes());
    if (bytes == 8) return build.getInt64(mask);
    KnownBits low = computeKnownBits(a_.pointer, module_.getDataLayout());
    if ((low.Zero | low.One).getLoBits(3).popcount() == 3)
      return build.getInt64(mask << low.One.getLoBits(3).getZExtValue());
    return build.CreateShl(build.getInt64(mask), build.CreateAnd(address, 7));
  }

  const access& a_;
  runtime_calls& runtime_;
  Module& module_;
  LLVMContext& context_;
};

}  // namespace

bool can_inline(const Module& module) {
  Triple target(module.getTargetTriple());
  return target.getArch() == Triple::x86_64 && target.isOSLinux() && !target.isX32();
}

bool inline_check(const access& a, runtime_calls& runtime) {
  if (a.vtable || a.length || !isPowerOf2_64(a.bytes) || a.bytes > 16) return false;
  check_builder(a, runtime).run();
  return true;
}

Value* inline_entry(Instruction* at, Value* call_site, runtime_calls& runtime) {
  const DebugLoc place = cast<Instruction>(call_site)->getDebugLoc();
  IRBuilder<> build(at);
  build.SetCurrentDebugLocation(place);
  thread_fields view(build);
  Type* word = build.getInt64Ty();
  Value* top = view.load(offsetof(race::thread_view, top), word);
  Value* limit = view.load(offsetof(race::thread_view, limit), word);
  Instruction *if_full, *if_room;
  SplitBlockAndInsertIfThenElse(build.CreateICmpEQ(top, limit), at, &if_full, &if_room, rarely(at->getContext()));

  build.SetInsertPoint(if_full);
  build.SetCurrentDebugLocation(place);
  Value* depth = build.CreateCall(runtime.func_entry(), {call_site});
  Value* token_after_call = build.CreateMul(depth, build.getInt64(frame_bytes));

  build.SetInsertPoint(if_room);
  build.SetCurrentDebugLocation(place);
  Value* frame = build.CreateIntToPtr(top, build.getPtrTy());
  build.CreateStore(call_site, frame);
  build.CreateStore(build.getInt32(0), build.CreateConstInBoundsGEP1_64(build.getInt8Ty(), frame, offsetof(race::frame_entry, node)));
  thread_fields fresh(build);
  fresh.store(offsetof(race::thread_view, top), build.CreateAdd(top, build.getInt64(frame_bytes)));
  Value* token_here = build.CreateSub(top, fresh.load(offsetof(race::thread_view, bottom), word));

  build.SetInsertPoint(at->getParent(), at->getParent()->begin());
  PHINode* token = build.CreatePHI(word, 2);
  token->addIncoming(token_after_call, if_full->getParent());
  token->addIncoming(token_here, if_room->getParent());
  return token;
}

void inline_exit(Instruction* at, Value* token) {
  IRBuilder<> build(at);
  thread_fields view(build);
  Value* bottom = view.load(offsetof(race::thread_view, bottom), build.getInt64Ty());
  view.store(offsetof(race::thread_view, top), build.CreateAdd(bottom, token));
}

}  // namespace gosan::instrument
