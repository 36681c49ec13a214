#include "loops.hpp"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Dominators.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/Transforms/Utils/LoopUtils.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include <tuple>

using namespace llvm;

namespace gosan::instrument {
namespace {

// A known number of turns below this is cheaper checked turn by turn.
constexpr unsigned fewest_turns = 8;

// A check on its way out of loops. Nothing is written down before it has arrived: a range over the inner loop may be one place of
// the outer.
struct moving {
  access* what;
  Instruction* where;    // before which it is made as things stand
  const SCEV* start;
  const SCEV* length;    // bytes; null: what->bytes
  bool moved = false, gone = false;
};

// A check that each turn makes, at an address that moves on evenly.
struct walking {
  moving* check;
  const SCEV* start;
  std::int64_t step, offset = 0;  // offset from the first of its group
  std::int64_t bytes;
};

bool is_quiet(const Loop& loop) {
  for (const BasicBlock* block : loop.blocks())
    for (const Instruction& i : *block)
      if (may_synchronise(i) || !isGuaranteedToTransferExecutionToSuccessor(&i)) return false;
  return true;
}

bool same_line(const DebugLoc& a, const DebugLoc& b) {
  if (!a || !b) return !a && !b;
  return a.getLine() == b.getLine() && a->getScope() == b->getScope() && a.getInlinedAt() == b.getInlinedAt();
}

class merger {
 public:
  merger(SmallVectorImpl<access>& accesses, Function& function)
      : accesses_(accesses),
        layout_(function.getParent()->getDataLayout()),
        library_of_target_(Triple(function.getParent()->getTargetTriple())),
        library_(library_of_target_, &function),
        dominators_(function),
        loops_(dominators_),
        assumptions_(function),
        evolution_(function, library_, assumptions_, dominators_, loops_),
        expander_(evolution_, layout_, "gosan") {}

  void run() {
    if (loops_.empty()) return;
    for (access& a : accesses_)
      if (!a.vtable && loops_.getLoopFor(a.where->getParent())) checks_.push_back({&a, a.where, evolution_.getSCEV(a.pointer), nullptr});
    auto outer_first = loops_.getLoopsInPreorder();
    for (Loop* loop : reverse(outer_first))
      if (is_quiet(*loop)) lift_out_of(*loop);
    write_down();
  }

 private:
  void lift_out_of(Loop& loop) {
    SmallVector<moving*, 8> each_turn = checks_of_each_turn(loop);
    if (each_turn.empty()) return;
    BasicBlock* before = loop.getLoopPreheader();
    if (!before) before = InsertPreheaderForLoop(&loop, &dominators_, &loops_, nullptr, false);
    if (!before) return;
    Instruction* where = before->getTerminator();
    SmallVector<walking, 8> walks;
    for (moving* check : each_turn) {
      if (evolution_.isLoopInvariant(check->start, &loop) && (!check->length || evolution_.isLoopInvariant(check->length, &loop)))
        lift(*check, where, check->start, check->length);
      else
        note_walk(loop, *check, walks);
    }
    if (!walks.empty()) lift_walks(loop, walks, where);
  }

  // Whoever enters the loop makes these: they come before every way out.
  SmallVector<moving*, 8> checks_of_each_turn(Loop& loop) {
    SmallVector<BasicBlock*, 4> exits;
    loop.getExitingBlocks(exits);
    SmallVector<moving*, 8> found;
    if (exits.empty()) return found;
    for (moving& check : checks_) {
      BasicBlock* block = check.where->getParent();
      if (check.gone || !loop.contains(block)) continue;
      if (all_of(exits, [&](BasicBlock* exit) { return dominators_.dominates(block, exit); })) found.push_back(&check);
    }
    return found;
  }

  bool lift(moving& check, Instruction* where, const SCEV* start, const SCEV* length) {
    if (!expander_.isSafeToExpandAt(start, where) || (length && !expander_.isSafeToExpandAt(length, where))) return false;
    check.where = where;
    check.start = start;
    check.length = length;
    return check.moved = true;
  }

  void note_walk(Loop& loop, moving& check, SmallVectorImpl<walking>& walks) {
    auto* moves = dyn_cast<SCEVAddRecExpr>(check.start);
    if (!moves || moves->getLoop() != &loop || !moves->isAffine()) return;
    auto* step = dyn_cast<SCEVConstant>(moves->getStepRecurrence(evolution_));
    auto* length = dyn_cast_or_null<SCEVConstant>(check.length);
    if (!step || (check.length && !length) || step->getAPInt().getSignificantBits() > 32) return;
    std::int64_t bytes = length ? length->getAPInt().getSExtValue() : static_cast<std::int64_t>(check.what->bytes);
    walks.push_back({&check, moves->getStart(), step->getAPInt().getSExtValue(), 0, bytes});
  }

  void lift_walks(Loop& loop, SmallVectorImpl<walking>& walks, Instruction* where) {
    const SCEV* turns_less_one = turns_of(loop);
    if (!turns_less_one) return;
    while (!walks.empty()) {
      SmallVector<walking, 8> group = take_group(walks);
      sort(group, [](const walking& a, const walking& b) { return std::tie(a.offset, a.check) < std::tie(b.offset, b.check); });
      if (std::int64_t extent = extent_of(group)) lift_group(group, extent, turns_less_one, where);
    }
  }

  // Turns but one, as a number of 64 bits; null when they cannot be counted or are few.
  const SCEV* turns_of(Loop& loop) {
    if (!loop.getExitingBlock()) return nullptr;
    const SCEV* back = evolution_.getBackedgeTakenCount(&loop);
    if (isa<SCEVCouldNotCompute>(back) || evolution_.getTypeSizeInBits(back->getType()) > 64) return nullptr;
    if (unsigned most = evolution_.getSmallConstantMaxTripCount(&loop); most && most < fewest_turns) return nullptr;
    return evolution_.getNoopOrZeroExtend(back, Type::getInt64Ty(where_context()));
  }

  LLVMContext& where_context() { return accesses_.front().where->getContext(); }

  // Those that move in step with the first, a known distance apart, and of the same kind and line.
  SmallVector<walking, 8> take_group(SmallVectorImpl<walking>& walks) {
    walking first = walks.front();
    SmallVector<walking, 8> group, rest;
    for (walking& w : walks) {
      auto* distance = dyn_cast<SCEVConstant>(evolution_.getMinusSCEV(w.start, first.start));
      const access &a = *w.check->what, &b = *first.check->what;
      bool together = w.step == first.step && distance && distance->getAPInt().getSignificantBits() <= 32 &&
                      a.writes() == b.writes() && same_line(a.place, b.place);
      if (together) w.offset = distance->getAPInt().getSExtValue();
      (together ? group : rest).push_back(w);
    }
    walks.assign(rest.begin(), rest.end());
    return group;
  }

  // From the first byte of the group to the last of one turn; 0 when the turns together would leave gaps.
  static std::int64_t extent_of(ArrayRef<walking> group) {
    std::int64_t low = group.front().offset, end = low, step = std::abs(group.front().step);
    for (const walking& w : group) {
      if (w.offset > end) return 0;
      end = std::max(end, w.offset + w.bytes);
    }
    return end - low >= step ? end - low : 0;
  }

  void lift_group(ArrayRef<walking> group, std::int64_t extent, const SCEV* turns_less_one, Instruction* where) {
    const walking& lowest = group.front();
    Type* word = turns_less_one->getType();
    const SCEV* path = evolution_.getMulExpr(turns_less_one, evolution_.getConstant(word, static_cast<std::uint64_t>(std::abs(lowest.step))));
    const SCEV* start = lowest.start;
    if (lowest.step < 0) start = evolution_.getAddExpr(start, evolution_.getNegativeSCEV(path));
    const SCEV* length = evolution_.getAddExpr(path, evolution_.getConstant(word, static_cast<std::uint64_t>(extent)));
    if (!lift(*lowest.check, where, start, length)) return;
    for (const walking& w : group.drop_front()) w.check->gone = true;
  }

  void write_down() {
    SmallPtrSet<const access*, 16> gone;
    for (moving& check : checks_) {
      if (check.gone) gone.insert(check.what);
      if (check.gone || !check.moved) continue;
      access& a = *check.what;
      a.pointer = expander_.expandCodeFor(check.start, a.pointer->getType(), check.where);
      if (check.length) a.length = expander_.expandCodeFor(check.length, Type::getInt64Ty(where_context()), check.where);
      a.where = check.where;
    }
    SmallVector<access, 32> kept;
    for (const access& a : accesses_)
      if (!gone.contains(&a)) kept.push_back(a);
    accesses_.assign(kept.begin(), kept.end());
  }

  SmallVectorImpl<access>& accesses_;
  const DataLayout& layout_;
  TargetLibraryInfoImpl library_of_target_;
  TargetLibraryInfo library_;
  DominatorTree dominators_;
  LoopInfo loops_;
  AssumptionCache assumptions_;
  ScalarEvolution evolution_;
  SCEVExpander expander_;
  SmallVector<moving, 32> checks_;
};

}  // namespace

void merge_in_loops(SmallVectorImpl<access>& accesses, Function& function) {
  if (!accesses.empty()) merger(accesses, function).run();
}

}  // namespace gosan::instrument
