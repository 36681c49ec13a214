#include "model/check.hpp"
#include "model/selects.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-after-in-loop",
    .title = "a select in a loop makes a new timer in every turn",
    .why = "Each turn that another case wins leaves a timer behind that runs to its end, and the time limit starts anew: a steady "
           "stream of values keeps it from ever coming.",
    .wrong = R"(for (;;) {
  int which = gosan::select(gosan::recv_case(results, r), gosan::recv_case(gosan::after(10s)));
  if (which == 1) break;
})",
    .right = R"(auto timeout = gosan::after(10s);
for (;;) {
  int which = gosan::select(gosan::recv_case(results, r), gosan::recv_case(timeout));
  if (which == 1) break;
})",
    .since = "0.1.0",
    .limits = "A limit for each turn, where that is meant, is written with a gosan::timer that is reset, or is a variable that the loop "
              "changes. A loop that goes on only when the timer has won is a pause between turns, and in order.",
};

// Whether the timer stands in s, or a variable that is made from it does.
bool holds(const Stmt* s, const Stmt* timer, const unit& u) {
  if (!s) return false;
  if (s == timer) return true;
  if (const auto* r = dyn_cast<DeclRefExpr>(s))
    if (const auto* v = dyn_cast<VarDecl>(r->getDecl()); v && v->hasLocalStorage() && !u.is_reassigned(v) && v->getInit() && strip_copies(v->getInit()) == timer)
      return true;
  return llvm::any_of(s->children(), [&](const Stmt* c) { return holds(c, timer, u); });
}

// A turn of the loop that a case of the select has won, with the flags that the case's handler sets.
class turn {
 public:
  turn(const CallExpr* select, const Expr* won, const flow& f, unit& u) : select_(select), won_(dyn_cast<CallExpr>(strip(won))), flow_(f), unit_(u) {
    if (won_)
      for (const Expr* a : won_->arguments())
        if (const LambdaExpr* l = lambda_of(a)) note_flags(l->getBody());
  }

  // Whether there is a path from the select to itself.
  bool comes_back() const {
    const CFGBlock* start = block_of_select();
    if (!start) return true;
    std::vector<const CFGBlock*> work{start};
    std::set<const CFGBlock*> seen;
    while (!work.empty()) {
      const CFGBlock* b = work.back();
      work.pop_back();
      for (unsigned n = 0; n != b->succ_size(); ++n) {
        if (!flow_.is_path(*b, n) || !can_take(*b, n)) continue;
        const CFGBlock* to = *(b->succ_begin() + n);
        if (to == start) return true;
        if (seen.insert(to).second) work.push_back(to);
      }
    }
    return false;
  }

 private:
  void note_flags(const Stmt* body) {
    for (const Stmt* s : body->children()) {
      const auto* o = dyn_cast_or_null<BinaryOperator>(s);
      const auto* r = o && o->getOpcode() == BO_Assign ? dyn_cast<DeclRefExpr>(strip(o->getLHS())) : nullptr;
      const auto* value = r ? dyn_cast<CXXBoolLiteralExpr>(strip(o->getRHS())) : nullptr;
      if (value) flags_[r->getDecl()->getCanonicalDecl()] = value->getValue();
    }
  }

  const CFGBlock* block_of_select() const {
    for (const CFGBlock* b : flow_.cfg())
      if (b && llvm::any_of(flow_.steps(*b), [&](const step& st) { return st.what == role::select && st.origin == select_; })) return b;
    return nullptr;
  }

  bool can_take(const CFGBlock& b, unsigned n) const {
    if (auto value = flag_in(b)) return n == (*value ? 0u : 1u);
    bool told = false;
    auto cases = cases_taken(b, unit_);
    for (auto& [edge, steps] : cases)
      for (const step& st : steps) {
        if (st.origin == won_ && steps.size() == 1) return cases[n].size() == 1 && has(cases[n], won_);
        told |= edge == n && llvm::any_of(select_->arguments(), [&](const Expr* a) { return strip(a) == st.origin; });
      }
    return !told;
  }

  static bool has(const std::vector<step>& steps, const Stmt* origin) {
    return llvm::any_of(steps, [&](const step& st) { return st.origin == origin; });
  }

  std::optional<bool> flag_in(const CFGBlock& b) const {
    const Expr* e = b.succ_size() == 2 && b.getTerminatorStmt() ? b.getLastCondition() : nullptr;
    bool negated = false;
    for (e = e ? strip(e) : nullptr; e; e = strip(cast<UnaryOperator>(e)->getSubExpr())) {
      const auto* u = dyn_cast<UnaryOperator>(e);
      if (!u || u->getOpcode() != UO_LNot) break;
      negated = !negated;
    }
    const auto* r = dyn_cast_or_null<DeclRefExpr>(e);
    auto at = r ? flags_.find(r->getDecl()->getCanonicalDecl()) : flags_.end();
    return at == flags_.end() ? std::nullopt : std::optional(at->second != negated);
  }

  const CallExpr* select_;
  const CallExpr* won_;
  const flow& flow_;
  unit& unit_;
  std::map<const Decl*, bool> flags_;
};

// Whether the loop goes on after a turn that another case than the timer's has won.
bool leaves_timers_behind(const CallExpr* select, const Stmt* timer, const flow& f, unit& u) {
  return llvm::any_of(select->arguments(), [&](const Expr* one) { return !holds(one, timer, u) && turn(select, one, f, u).comes_back(); });
}

// A limit that changes from turn to turn cannot be made before the loop.
bool changes(const Stmt* s, const unit& u) {
  if (!s) return false;
  if (const auto* r = dyn_cast<DeclRefExpr>(s))
    if (const auto* v = dyn_cast<VarDecl>(r->getDecl()); v && u.is_reassigned(v)) return true;
  return llvm::any_of(s->children(), [&](const Stmt* c) { return changes(c, u); });
}

void examine(const flow& f, unit& u, findings& out) {
  std::vector<const step*> timers, selects;
  f.each([&](const step& st) {
    if (st.kind != step_kind::op) return;
    if (st.what == role::after) timers.push_back(&st);
    if (st.what == role::select) selects.push_back(&st);
  });
  for (const step* t : timers) {
    const Stmt* loop = f.loop_around(t->origin);
    if (!loop) continue;
    for (const step* s : selects) {
      const auto* select = cast<CallExpr>(s->origin);
      // A timer of an outer loop's turn limits all of the inner loop.
      if (select->getNumArgs() < 2 || f.loop_around(select) != loop || !holds(select, t->origin, u)) continue;
      if (changes(t->origin, u) || !leaves_timers_behind(select, t->origin, f, u)) continue;
      diagnosis d;
      d.at = t->origin->getBeginLoc();
      d.range = t->origin->getSourceRange();
      d.text = "a new timer is made in every turn of the loop";
      d.notes.push_back({loop->getBeginLoc(), "the loop; what is to limit all of it is made before it"});
      out.add(std::move(d));
    }
  }
}

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) examine(*fl, u, out);
}

}  // namespace

extern const check after_in_loop;
const check after_in_loop{info, run};

}  // namespace gosan::checks
