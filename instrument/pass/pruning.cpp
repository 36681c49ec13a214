#include "pruning.hpp"

#include <llvm/ADT/DenseMap.h>

using namespace llvm;

namespace gosan::instrument {
namespace {

bool covers(const access& by, const access& what) {
  return !by.vtable && !what.vtable && by.bytes >= what.bytes && (by.writes() || !what.writes());
}

// One stretch of a block without synchronisation. Later accesses to the same pointer fall to earlier ones that cover
// them; an earlier read falls to a later write, which then counts as both.
class stretch {
 public:
  void add(const access& a) {
    auto [known, is_new] = latest_.try_emplace(a.pointer, kept_.size());
    if (is_new) return kept_.push_back(a);
    access& earlier = kept_[known->second];
    if (covers(earlier, a)) return;
    if (covers(a, earlier)) {
      bool was_read = earlier.kind == access_kind::read;
      earlier = a;
      if (was_read && a.writes()) earlier.kind = access_kind::read_write;
      return;
    }
    known->second = kept_.size();
    kept_.push_back(a);
  }

  void end_into(SmallVectorImpl<access>& out) {
    out.append(kept_);
    kept_.clear();
    latest_.clear();
  }

 private:
  SmallVector<access, 16> kept_;
  DenseMap<Value*, std::size_t> latest_;
};

}  // namespace

void prune(SmallVectorImpl<access>& accesses, Function& function) {
  SmallVector<access, 32> kept;
  stretch current;
  auto next = accesses.begin();
  for (BasicBlock& block : function) {
    for (Instruction& i : block) {
      for (; next != accesses.end() && next->where == &i; ++next) current.add(*next);
      if (may_synchronise(i)) current.end_into(kept);
    }
    current.end_into(kept);
  }
  accesses.assign(kept.begin(), kept.end());
}

}  // namespace gosan::instrument
