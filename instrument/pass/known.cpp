#include "known.hpp"

#include <llvm/ADT/BitVector.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/CFG.h>

using namespace llvm;

namespace gosan::instrument {
namespace {

// "The `bytes` at `pointer` have been checked for reading (writing)": a bit of a set. Which facts hold where is found as
// available expressions are: what holds at the end of all predecessors holds at the start of a block.
struct fact {
  std::uint64_t bytes;
  bool written;
  unsigned index;
};

// One thing that changes what is known, in program order. REQUIRES of the two pointers: at most one is set; none: all is lost.
struct happening {
  const access* check = nullptr;
  const Value* redefined = nullptr;
};

class analysis {
 public:
  analysis(SmallVectorImpl<access>& accesses, Function& function) : accesses_(accesses), order_(&function) {
    for (const access& a : accesses)
      if (!a.vtable) fact_of(a);
    if (count_ * function.size() > largest) return;
    note_happenings(function);
    solve();
  }

  void drop() {
    SmallPtrSet<const access*, 16> known;
    for (BasicBlock* block : order_) {
      if (!happenings_.count(block)) continue;
      BitVector now = at_start(*block);
      for (const happening& h : happenings_[block]) {
        if (h.check && now.test(fact_of(*h.check))) known.insert(h.check);
        apply(h, now);
      }
    }
    SmallVector<access, 32> kept;
    for (const access& a : accesses_)
      if (!known.contains(&a)) kept.push_back(a);
    accesses_.assign(kept.begin(), kept.end());
  }

 private:
  static constexpr std::size_t largest = std::size_t{1} << 22;

  unsigned fact_of(const access& a) {
    auto& facts = facts_[a.pointer];
    for (const fact& f : facts)
      if (f.bytes == a.bytes && f.written == a.writes()) return f.index;
    facts.push_back({a.bytes, a.writes(), count_});
    return count_++;
  }

  void note_happenings(Function& function) {
    auto next = accesses_.begin();
    for (BasicBlock& block : function)
      for (Instruction& i : block) {
        for (; next != accesses_.end() && next->where == &i; ++next)
          if (!next->vtable) happenings_[&block].push_back({next, nullptr});
        if (may_synchronise(i)) happenings_[&block].push_back({});
        if (facts_.count(&i)) happenings_[&block].push_back({nullptr, &i});
      }
  }

  void apply(const happening& h, BitVector& now) {
    if (h.redefined) {
      for (const fact& f : facts_[h.redefined]) now.reset(f.index);
    } else if (!h.check) {
      now.reset();
    } else {
      for (const fact& f : facts_[h.check->pointer])
        if (f.bytes <= h.check->bytes && (!f.written || h.check->writes())) now.set(f.index);
    }
  }

  BitVector at_start(BasicBlock& block) {
    BitVector known(count_, !pred_empty(&block));
    for (BasicBlock* before : predecessors(&block))
      if (auto end = at_end_.find(before); end != at_end_.end()) known &= end->second;  // else not reached yet
    return known;
  }

  void solve() {
    for (bool changed = true; changed;) {
      changed = false;
      for (BasicBlock* block : order_) {
        BitVector now = at_start(*block);
        if (auto own = happenings_.find(block); own != happenings_.end())
          for (const happening& h : own->second) apply(h, now);
        auto [end, is_new] = at_end_.try_emplace(block, now);
        if (!is_new && end->second == now) continue;
        end->second = now;
        changed = true;
      }
    }
  }

  SmallVectorImpl<access>& accesses_;
  ReversePostOrderTraversal<Function*> order_;
  DenseMap<const Value*, SmallVector<fact, 2>> facts_;
  DenseMap<const BasicBlock*, SmallVector<happening, 8>> happenings_;
  DenseMap<const BasicBlock*, BitVector> at_end_;
  unsigned count_ = 0;
};

}  // namespace

void drop_known(SmallVectorImpl<access>& accesses, Function& function) {
  if (function.size() > 1 && !accesses.empty()) analysis(accesses, function).drop();
}

}  // namespace gosan::instrument
