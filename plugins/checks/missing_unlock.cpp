#include "model/check.hpp"
#include "model/locks.hpp"
#include "model/throwing.hpp"

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
              "caller holds, and may leave with it held again. One that returns true with the lock held and false without takes it for its caller, when another method, or a caller, gives it up. "
              "An exception of a call counts when its throw stands in the translation unit, and there is somebody left whom it leaves waiting: not in "
              "what a goroutine runs, which it would end with the program.",
};

// What a callee locks, or unlocks, for its caller.
std::vector<place> left_by(const step& call, role what, unit& u) {
  std::vector<place> found;
  role other = what == role::lock ? role::unlock : role::lock;
  const auto& effects = u.summary_of(call.callee).effects;
  for (const effect& e : effects) {
    bool both = llvm::any_of(effects, [&](const effect& o) { return o.what == other && o.where == e.where; });
    if (e.what != what || both || (what == role::lock && !(e.always && call.certain))) continue;
    if (place p = call.entry->translate(e.where)) found.push_back(std::move(p));
  }
  return found;
}

// The locks that a step locks or unlocks, itself or by what it calls.
std::vector<place> done_by(const step& st, role what, unit& u) {
  if (st.kind == step_kind::call) return left_by(st, what, u);
  return st.kind == step_kind::op && st.what == what ? std::vector<place>{st.where} : std::vector<place>();
}

// The locks that every path so far has taken or given up.
struct touched_problem {
  using state = std::set<place>;
  unit& u;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const {
    for (role what : {role::lock, role::unlock})
      for (place& p : done_by(st, what, u)) s.insert(std::move(p));
  }
  bool join(state& into, const state& from) const {
    return std::erase_if(into, [&](const place& p) { return from.count(p) == 0; }) != 0;
  }
};

// Those that are given up where some path has not taken them: the caller holds them.
std::set<place> callers_locks(const flow& f, unit& u) {
  std::set<place> found;
  touched_problem problem{u};
  solution<touched_problem> solved(f, problem);
  solved.each_step([&](const step& st, const std::set<place>& touched) {
    for (const place& p : done_by(st, role::unlock, u))
      if (!touched.count(p)) found.insert(p);
  });
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
        again |= llvm::is_contained(done_by(st, role::lock, unit_), lock_);
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
    return llvm::is_contained(left_by(st, role::unlock, unit_), lock_) ||
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
  unlock_examiner(const flow& f, unit& u, throw_finder& throws, findings& out) : flow_(f), unit_(u), throws_(throws), out_(out) {}

  void examine() {
    gather();
    if (llvm::none_of(locked_, [&](const place& p) { return unlocked_.count(p) != 0; })) return;
    lock_problem problem{unit_, false};
    solution<lock_problem> solved(flow_, problem);
    if (!solved.complete()) return;
    of_caller_ = callers_locks(flow_, unit_);
    std::set<place> said;
    solved.each_exit([&](const lock_problem::state& held, const CFGBlock& b) {
      for (auto& [p, lock] : held)
        if (is_judged(p, lock) && !is_taken_for_caller(p, b)) report(flow_.leaves_at(b), p, lock), said.insert(p);
    });
    for (const CFGBlock* b : flow_.cfg()) {
      SourceLocation at = b && solved.before(*b) ? turns_away(*b) : SourceLocation();
      if (at.isInvalid()) continue;
      // A handler is looked at from its start, since it may unlock; a break has its block behind it.
      const lock_problem::state held = b->getLabel() ? *solved.before(*b) : solved.after(*b);
      for (auto& [p, lock] : held)
        if (is_judged(p, lock) && !said.count(p) && stays_locked(*b, p)) report(at, p, lock), said.insert(p);
    }
    exceptions_of_calls(solved, problem, said);
  }

 private:
  // A goroutine that an exception leaves ends the program, and so does main.
  void exceptions_of_calls(const solution<lock_problem>& solved, const lock_problem& problem, std::set<place>& said) {
    if (unit_.is_spawned_body(&flow_.function()) || flow_.function().isMain()) return;
    std::map<const Stmt*, const CXXThrowExpr*> thrown_by;
    throws_.each(flow_.function().getBody(), {}, [&](const Stmt* at, const CXXThrowExpr* t) {
      if (isa<CallExpr>(at) && !flow_.in_try(at) && !is_by_macro_of_others(at, unit_)) thrown_by.insert({at, t});
    });
    if (thrown_by.empty()) return;
    solved.each_step([&](const step& st, const lock_problem::state& before) {
      auto at = st.kind == step_kind::call ? thrown_by.find(st.origin) : thrown_by.end();
      if (before.empty() || at == thrown_by.end()) return;
      lock_problem::state held = before;
      for (const step& end : flow_.unwound_from(st.origin, unit_)) problem.apply(held, end);
      for (auto& [p, lock] : held)
        if (is_judged(p, lock) && !does_something_with(st, p) && said.insert(p).second) report(st.at, p, lock, at->second);
    });
  }

  bool does_something_with(const step& call, const place& lock) const {
    return llvm::any_of(unit_.summary_of(call.callee).effects, [&](const effect& e) { return call.entry->translate(e.where) == lock; });
  }

  void gather() {
    flow_.each([&](const step& st) {
      if (st.kind == step_kind::call) {
        for (place& p : left_by(st, role::unlock, unit_)) unlocked_.insert({std::move(p), st.origin});
        if (isa<CallExpr>(st.origin))  // a guard that is made lets go by itself
          for (place& p : left_by(st, role::lock, unit_)) locked_.insert(std::move(p));
      }
      if (st.kind != step_kind::op || !st.where || !isa<CallExpr>(st.origin)) return;
      if (st.what == role::lock) locked_.insert(st.where);
      if (st.what == role::unlock) unlocked_.insert({st.where, st.origin});
    });
  }

  bool is_judged(const place& p, const held_lock& lock) const {
    return unlocked_.count(p) && locked_.count(p) && !of_caller_.count(p) && isa<CallExpr>(lock.taken);
  }

  // What a block that returns a constant returns.
  std::optional<bool> returned_at(const CFGBlock& b) const {
    bool value = false;
    for (const step& st : flow_.steps(b)) {
      const auto* r = st.kind == step_kind::returns ? dyn_cast<ReturnStmt>(st.origin) : nullptr;
      if (r && r->getRetValue() && r->getRetValue()->EvaluateAsBooleanCondition(value, unit_.ast())) return value;
    }
    return std::nullopt;
  }

  // It says whether it has taken the lock, and somebody else gives up what he has not taken himself.
  bool is_taken_for_caller(const place& p, const CFGBlock& b) const {
    if (!flow_.function().getReturnType()->isBooleanType() || returned_at(b) != true) return false;
    if (llvm::none_of(flow_.cfg(), [&](const CFGBlock* other) { return other && returned_at(*other) == false; })) return false;
    return a_method_gives_up(p) || a_caller_gives_up(p);
  }

  bool a_method_gives_up(const place& p) const {
    const auto* own = dyn_cast<CXXRecordDecl>(p.root);
    return own && own->getDefinition() && llvm::any_of(own->getDefinition()->methods(), [&](const CXXMethodDecl* m) {
      const flow* f = unit_.flow_of(m);
      return f && f != &flow_ && callers_locks(*f, unit_).count(p) != 0;
    });
  }

  bool a_caller_gives_up(const place& p) const {
    return llvm::any_of(unit_.functions_and_callers_of(role::unlock), [&](const FunctionDecl* caller) {
      const flow* f = unit_.flow_of(caller);
      if (!f || f == &flow_) return false;
      std::set<place> handed_on;
      f->each([&](const step& st) {
        if (st.kind != step_kind::call || st.callee->getCanonicalDecl() != flow_.function().getCanonicalDecl()) return;
        if (place own = st.entry->translate(p)) handed_on.insert(std::move(own));
      });
      if (handed_on.empty()) return false;
      const std::set<place> given_up = callers_locks(*f, unit_);
      return llvm::any_of(handed_on, [&](const place& own) { return given_up.count(own) != 0; });
    });
  }

  bool stays_locked(const CFGBlock& b, const place& p) {
    if (b.getLabel()) return way_on(p, flow_, unit_).stays_locked(b);
    const CFGBlock* to = b.succ_size() ? *b.succ_begin() : nullptr;
    return to && way_on(p, flow_, unit_).stays_locked(*to);
  }

  void report(SourceLocation at, const place& p, const held_lock& lock, const CXXThrowExpr* thrown = nullptr) {
    diagnosis d;
    d.at = at;
    d.text = (thrown ? "an exception of this call leaves with '" : "this path leaves with '") + text_of(p) + "' locked";
    if (thrown) d.notes.push_back({thrown->getThrowLoc(), "thrown here"});
    d.notes.push_back({lock.taken->getBeginLoc(), "locked here"});
    d.notes.push_back({unlocked_.at(p)->getBeginLoc(), "other paths unlock it here"});
    out_.add(std::move(d));
  }

  const flow& flow_;
  unit& unit_;
  throw_finder& throws_;
  findings& out_;
  std::set<place> locked_, of_caller_;
  std::map<place, const Stmt*> unlocked_;
};

void run(unit& u, findings& out) {
  throw_finder throws(u);
  for (const FunctionDecl* f : u.functions_and_callers_of(role::lock))
    if (const flow* fl = u.flow_of(f)) unlock_examiner(*fl, u, throws, out).examine();
}

}  // namespace

extern const check missing_unlock;
const check missing_unlock{info, run};

}  // namespace gosan::checks
