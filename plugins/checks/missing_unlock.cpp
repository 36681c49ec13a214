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
    .limits = "A function that never unlocks is taken to do so by intent: its caller unlocks.",
};

void examine(const flow& f, unit& u, findings& out) {
  std::map<place, const Stmt*> locked, unlocked;
  f.each([&](const step& st) {
    if (st.kind != step_kind::op || !st.where || !isa<CallExpr>(st.origin)) return;
    if (st.what == role::lock) locked.insert({st.where, st.origin});
    if (st.what == role::unlock) unlocked.insert({st.where, st.origin});
  });
  if (llvm::none_of(locked, [&](auto& one) { return unlocked.count(one.first) != 0; })) return;
  lock_problem problem{u, false};
  solution<lock_problem> solved(f, problem);
  if (!solved.complete()) return;
  solved.each_exit([&](const lock_problem::state& held, const CFGBlock& b) {
    for (auto& [p, lock] : held) {
      auto other = unlocked.find(p);
      if (other == unlocked.end() || !locked.count(p) || !isa<CallExpr>(lock.taken)) continue;
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
