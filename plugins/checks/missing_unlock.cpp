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

// What a callee unlocks for its caller.
std::vector<place> unlocked_by(const step& call, unit& u) {
  std::vector<place> found;
  const auto& effects = u.summary_of(call.callee).effects;
  for (const effect& e : effects) {
    bool locks_too = llvm::any_of(effects, [&](const effect& o) { return o.what == role::lock && o.where == e.where; });
    if (e.what != role::unlock || locks_too) continue;
    if (place p = call.entry->translate(e.where)) found.push_back(std::move(p));
  }
  return found;
}

// Paths on from a block, up to where the lock is taken anew.
class way_on {
 public:
  way_on(const place& lock, const flow& f, unit& u) : lock_(lock), flow_(f), unit_(u) {}

  // Whether the body can be left, and nothing on any way to there may unlock.
  bool stays_locked(const CFGBlock& from) {
    bool leaves = false;
    for (std::vector<const CFGBlock*> work{&from}; !work.empty();) {
      const CFGBlock* b = work.back();
      work.pop_back();
      leaves |= b == &flow_.cfg().getExit();
      bool again = false;
      for (const step& st : flow_.steps(*b)) {
        if (may_unlock(st)) return false;
        again |= st.kind == step_kind::op && st.what == role::lock && st.where == lock_;
      }
      for (unsigned n = 0; n != b->succ_size() && !again; ++n) {
        if (!flow_.is_path(*b, n)) continue;
        if (const auto* steps = flow_.edge_steps(*b, n); steps && llvm::any_of(*steps, [&](const step& st) { return !st.all_turns && may_unlock(st); })) return false;
        if (const CFGBlock* to = *(b->succ_begin() + n); seen_.insert(to).second) work.push_back(to);
      }
    }
    return leaves;
  }

 private:
  bool may_unlock(const step& st) {
    auto is_of_it = [&](const place& p) { return p.root == lock_.root; };
    if (st.kind == step_kind::op) return st.what == role::unlock && (st.where == lock_ || !st.where);
    if (st.kind == step_kind::unknown) return llvm::any_of(st.handed, is_of_it);
    if (st.kind != step_kind::call) return false;
    return llvm::is_contained(unlocked_by(st, unit_), lock_) ||
           llvm::any_of(unit_.summary_of(st.callee).escapes, [&](const place& p) { return is_of_it(st.entry->translate(p)); });
  }

  const place& lock_;
  const flow& flow_;
  unit& unit_;
  std::set<const CFGBlock*> seen_;
};

// Where a path turns away from the unlock that it was heading for: a break, a goto, a handler.
SourceLocation turns_away(const CFGBlock& b) {
  if (const Stmt* t = b.getTerminatorStmt(); isa_and_nonnull<BreakStmt>(t) || isa_and_nonnull<GotoStmt>(t)) return t->getBeginLoc();
  return isa_and_nonnull<CXXCatchStmt>(b.getLabel()) ? b.getLabel()->getBeginLoc() : SourceLocation();
}

class unlock_examiner {
 public:
  unlock_examiner(const flow& f, unit& u, findings& out) : flow_(f), unit_(u), out_(out) {}

  void examine() {
    gather();
    if (llvm::none_of(locked_, [&](const place& p) { return unlocked_.count(p) != 0; })) return;
    lock_problem problem{unit_, false};
    solution<lock_problem> solved(flow_, problem);
    if (!solved.complete()) return;
    of_caller_ = callers_locks(flow_);
    std::set<place> said;
    solved.each_exit([&](const lock_problem::state& held, const CFGBlock& b) {
      for (auto& [p, lock] : held)
        if (is_judged(p, lock)) report(flow_.leaves_at(b), p, lock), said.insert(p);
    });
    for (const CFGBlock* b : flow_.cfg()) {
      SourceLocation at = b && solved.before(*b) ? turns_away(*b) : SourceLocation();
      if (at.isInvalid()) continue;
      // A handler is looked at from its start, since it may unlock; a break has its block behind it.
      const lock_problem::state held = b->getLabel() ? *solved.before(*b) : solved.after(*b);
      for (auto& [p, lock] : held)
        if (is_judged(p, lock) && !said.count(p) && stays_locked(*b, p)) report(at, p, lock), said.insert(p);
    }
  }

 private:
  void gather() {
    flow_.each([&](const step& st) {
      if (st.kind == step_kind::call)
        for (place& p : unlocked_by(st, unit_)) unlocked_.insert({std::move(p), st.origin});
      if (st.kind != step_kind::op || !st.where || !isa<CallExpr>(st.origin)) return;
      if (st.what == role::lock) locked_.insert(st.where);
      if (st.what == role::unlock) unlocked_.insert({st.where, st.origin});
    });
  }

  bool is_judged(const place& p, const held_lock& lock) const {
    return unlocked_.count(p) && locked_.count(p) && !of_caller_.count(p) && isa<CallExpr>(lock.taken);
  }

  bool stays_locked(const CFGBlock& b, const place& p) {
    if (b.getLabel()) return way_on(p, flow_, unit_).stays_locked(b);
    const CFGBlock* to = b.succ_size() ? *b.succ_begin() : nullptr;
    return to && way_on(p, flow_, unit_).stays_locked(*to);
  }

  void report(SourceLocation at, const place& p, const held_lock& lock) {
    diagnosis d;
    d.at = at;
    d.text = "this path leaves with '" + text_of(p) + "' locked";
    d.notes.push_back({lock.taken->getBeginLoc(), "locked here"});
    d.notes.push_back({unlocked_.at(p)->getBeginLoc(), "other paths unlock it here"});
    out_.add(std::move(d));
  }

  const flow& flow_;
  unit& unit_;
  findings& out_;
  std::set<place> locked_, of_caller_;
  std::map<place, const Stmt*> unlocked_;
};

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) unlock_examiner(*fl, u, out).examine();
}

}  // namespace

extern const check missing_unlock;
const check missing_unlock{info, run};

}  // namespace gosan::checks
