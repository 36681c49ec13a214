#include "model/check.hpp"
#include "model/locks.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-missing-unlock",
    .title = "a path leaves with a lock held that other paths unlock",
    .why = "Whoever comes next for the lock waits for ever, often far from the place that forgot it.",
    .wrong = R"(mutex.lock();
if (!ready()) return;
use();
mutex.unlock();)",
    .right = R"(std::lock_guard hold(mutex);
if (!ready()) return;
use();)",
    .since = "0.1.0",
    .limits = "A function that never unlocks is taken to do so by intent: its caller unlocks. One that unlocks first gives up what its "
              "caller holds, and may leave with it held again.",
};

// The locks that every path so far has taken or given up.
struct touched_problem {
  using state = std::set<place>;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::op && (st.what == role::lock || st.what == role::unlock)) s.insert(st.where);
  }
  bool join(state& into, const state& from) const {
    return std::erase_if(into, [&](const place& p) { return from.count(p) == 0; }) != 0;
  }
};

// Those that are given up where some path has not taken them: the caller holds them.
std::set<place> callers_locks(const flow& f) {
  std::set<place> found;
  touched_problem problem;
  solution<touched_problem> solved(f, problem);
  solved.each_step([&](const step& st, const std::set<place>& touched) {
    if (st.kind == step_kind::op && st.what == role::unlock && !touched.count(st.where)) found.insert(st.where);
  });
  return found;
}

// A callee that unlocks for its caller.
void note_helper(const step& call, unit& u, std::map<place, const Stmt*>& unlocked) {
  const auto& effects = u.summary_of(call.callee).effects;
  for (const effect& e : effects) {
    bool locks_too = llvm::any_of(effects, [&](const effect& o) { return o.what == role::lock && o.where == e.where; });
    if (e.what != role::unlock || locks_too) continue;
    if (place p = call.entry->translate(e.where)) unlocked.insert({p, call.origin});
  }
}

void examine(const flow& f, unit& u, findings& out) {
  std::map<place, const Stmt*> locked, unlocked;
  f.each([&](const step& st) {
    if (st.kind == step_kind::call) note_helper(st, u, unlocked);
    if (st.kind != step_kind::op || !st.where || !isa<CallExpr>(st.origin)) return;
    if (st.what == role::lock) locked.insert({st.where, st.origin});
    if (st.what == role::unlock) unlocked.insert({st.where, st.origin});
  });
  if (llvm::none_of(locked, [&](auto& one) { return unlocked.count(one.first) != 0; })) return;
  lock_problem problem{u, false};
  solution<lock_problem> solved(f, problem);
  if (!solved.complete()) return;
  const std::set<place> of_caller = callers_locks(f);
  solved.each_exit([&](const lock_problem::state& held, const CFGBlock& b) {
    for (auto& [p, lock] : held) {
      auto other = unlocked.find(p);
      if (other == unlocked.end() || !locked.count(p) || of_caller.count(p) || !isa<CallExpr>(lock.taken)) continue;
      diagnosis d;
      d.at = f.leaves_at(b);
      d.text = "this path leaves with '" + text_of(p) + "' locked";
      d.notes.push_back({lock.taken->getBeginLoc(), "locked here"});
      d.notes.push_back({other->second->getBeginLoc(), "other paths unlock it here"});
      out.add(std::move(d));
    }
  });
}

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) examine(*fl, u, out);
}

}  // namespace

extern const check missing_unlock;
const check missing_unlock{info, run};

}  // namespace gosan::checks
