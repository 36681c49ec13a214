#include "model/deliveries.hpp"

namespace gosan::checks {

using namespace clang;

bool receives(role r) { return r == role::recv || r == role::range || r == role::try_recv; }
bool delivers(role r) { return r == role::send || r == role::try_send || r == role::close; }

bool is_endless(const Stmt* loop, const ASTContext& ast) {
  const Expr* condition = nullptr;
  if (const auto* f = dyn_cast_or_null<ForStmt>(loop)) {
    if (!f->getCond()) return true;
    condition = f->getCond();
  } else if (const auto* w = dyn_cast_or_null<WhileStmt>(loop)) {
    condition = w->getCond();
  }
  bool value = false;
  return condition && !condition->isValueDependent() && condition->EvaluateAsBooleanCondition(value, ast) && value;
}

std::optional<std::int64_t> turns(const Stmt* loop, const ASTContext& ast) {
  if (!loop) return 1;
  const auto* f = dyn_cast<ForStmt>(loop);
  const auto* init = f ? dyn_cast_or_null<DeclStmt>(f->getInit()) : nullptr;
  const auto* v = init && init->isSingleDecl() ? dyn_cast<VarDecl>(init->getSingleDecl()) : nullptr;
  const auto* cond = f ? dyn_cast_or_null<BinaryOperator>(f->getCond()) : nullptr;
  const auto* inc = f ? dyn_cast_or_null<UnaryOperator>(f->getInc()) : nullptr;
  if (!v || !v->getInit() || !cond || !inc || !inc->isIncrementOp()) return std::nullopt;
  const auto* left = dyn_cast<DeclRefExpr>(cond->getLHS()->IgnoreParenImpCasts());
  if (!left || left->getDecl() != v) return std::nullopt;
  Expr::EvalResult from, to;
  if (!v->getInit()->EvaluateAsInt(from, ast) || !cond->getRHS()->EvaluateAsInt(to, ast)) return std::nullopt;
  std::int64_t n = to.Val.getInt().getExtValue() - from.Val.getInt().getExtValue();
  if (cond->getOpcode() == BO_LE) ++n;
  else if (cond->getOpcode() != BO_LT && cond->getOpcode() != BO_NE) return std::nullopt;
  class exits : public RecursiveASTVisitor<exits> {
   public:
    bool VisitBreakStmt(BreakStmt*) { return !(found = true); }
    bool VisitContinueStmt(ContinueStmt*) { return !(found = true); }
    bool VisitReturnStmt(ReturnStmt*) { return !(found = true); }
    bool TraverseLambdaExpr(LambdaExpr*) { return true; }
    bool found = false;
  } leaves;
  leaves.TraverseStmt(const_cast<Stmt*>(f->getBody()));
  return leaves.found || n < 0 ? std::nullopt : std::optional(n);
}

namespace {

bool has_continue(const Stmt* loop) {
  class finder : public RecursiveASTVisitor<finder> {
   public:
    bool VisitContinueStmt(ContinueStmt*) { return !(found = true); }
    bool TraverseLambdaExpr(LambdaExpr*) { return true; }
    bool found = false;
  } continues;
  continues.TraverseStmt(const_cast<Stmt*>(loop));
  return continues.found;
}

}  // namespace

bool is_in_each_turn(const Stmt* s, const Stmt* loop, const flow& f) {
  for (const scope* at = f.scope_of(s); at; at = at->outer) {
    if (at->what == scope::kind::loop) return at->stmt == loop && !has_continue(loop);
    if (at->what == scope::kind::branch) return false;
  }
  return false;
}

std::optional<std::int64_t> capacity_of(const CallExpr* make, const ASTContext& ast) {
  if (!make->getNumArgs()) return 0;
  Expr::EvalResult value;
  const Expr* e = make->getArg(0);
  if (const auto* d = dyn_cast<CXXDefaultArgExpr>(e)) e = d->getExpr();
  if (e->isValueDependent() || !e->EvaluateAsInt(value, ast)) return std::nullopt;
  auto n = value.Val.getInt().getExtValue();
  return n >= 0 ? std::optional<std::int64_t>(n) : std::nullopt;
}

namespace {

bool is_end_of(const step& st, const place& channel) {
  return st.kind == step_kind::dies && st.variable->getCanonicalDecl() == channel.root;
}

}  // namespace

void pending_problem::apply(state& s, const step& st) const {
  if (is_end_of(st, channel)) s = 0;
  if (st.kind == step_kind::spawn)
    if (auto at = starts.find(st.origin); at != starts.end()) started(s, f.loop_around(st.origin), at->second);
  if (s == 0) return;
  each_effect(st, u, channel, [&](const effect& e) {
    if (receives(e.what)) received(s, st, e);
  });
}

void pending_problem::started(state& s, const Stmt* loop, unsigned times) const {
  if (loop == made_in) {
    s = plus(s, times);
    return;
  }
  auto often = turns(loop, u.ast());
  if (often) s = std::max(s, static_cast<unsigned>(std::min<std::int64_t>(many, *often * times)));
  else s = buffered ? std::max(s, times) : many;
}

void pending_problem::received(state& s, const step& st, const effect& e) const {
  if (st.kind == step_kind::op && !st.certain) return;
  const Stmt* loop = f.loop_around(st.origin);
  bool asks_on = loop && loop != made_in && is_endless(loop, u.ast());  // leaves when it has what it wants
  bool of_callee = st.kind == step_kind::call && (!e.always || e.in_loop);
  bool all = st.all_turns || asks_on || of_callee || e.what == role::range;
  if (!all && (e.properties & props::one_of_many) != 0 && !either_or) return;  // the edge behind the select tells
  auto often = st.all_turns && st.kind == step_kind::op && e.what == role::recv ? turns(loop, u.ast()) : std::nullopt;
  if (often && *often < many && s != many) s -= std::min(s, static_cast<unsigned>(*often));
  else if (all) s = 0;
  else if (s != many && s != 0) --s;
}

bool begun_problem::starts_partner(const spawn_site& site, int depth) const {
  if (!site.body || depth > 3) return true;
  summary does = u.effects_of(site);
  return llvm::any_of(does.effects, [&](const effect& e) { return is_part(e.what) && e.where == channel; }) ||
         llvm::any_of(does.spawns, [&](const auto& inner) { return starts_partner(*inner, depth + 1); });
}

void begun_problem::apply(state& s, const step& st) const {
  if (is_end_of(st, channel)) s = false;
  if (st.kind == step_kind::spawn) s |= starts_partner(*st.spawned, 0);
  if (st.kind == step_kind::call && !u.summary_of(st.callee).spawns.empty()) s = true;  // it may start anything
  each_effect(st, u, channel, [&](const effect& e) { s |= is_part(e.what); });
}

void filling_problem::apply(state& s, const step& st) const {
  begun_problem{u, channel, receives}.apply(s.begun, st);
  if (!st.certain) return;
  each_effect(st, u, channel, [&](const effect& e) {
    if (e.what == role::send && e.always && !(e.properties & props::one_of_many)) s.sent = plus(s.sent, 1);
  });
}

bool filling_problem::join(state& into, state from) const {
  bool grew = (from.begun && !into.begun) || from.sent < into.sent;
  into = {std::min(into.sent, from.sent), into.begun || from.begun};
  return grew;
}

void nothing_sent_problem::apply(state& s, const step& st) const {
  if (st.kind == step_kind::unknown && llvm::is_contained(st.handed, channel)) s = false;  // a coroutine, say, that somebody runs
  each_effect(st, u, channel, [&](const effect& e) {
    if (delivers(e.what) && st.certain && (st.kind == step_kind::op || e.always)) s = false;
  });
}

void received_problem::apply(state& s, const step& st) const {
  if (st.all_turns || s == many) return;
  if (st.kind == step_kind::op) {
    if (!(st.where == channel) || !receives(st.what)) return;
    if (st.what == role::range) s = many;
    else if (!st.has(props::one_of_many)) s = plus(s, 1);  // of a select, the edge behind it tells
  } else if (st.kind == step_kind::call) {
    std::set<place> own;
    for (const effect& e : u.summary_of(st.callee).effects)
      if (receives(e.what) && st.entry->translate(e.where) == channel) own.insert(e.where);
    for (const place& p : own) s = plus(s, most_received(st.callee, p, u, depth + 1));
  }
}

unsigned most_received(const FunctionDecl* body, const place& own, unit& u, int depth) {
  const flow* f = depth < 4 ? u.flow_of(body) : nullptr;
  if (!f) return many;
  received_problem problem{u, own, depth};
  solution<received_problem> solved(*f, problem);
  unsigned most = solved.complete() ? 0 : many;
  solved.each_step([&](const step& st, unsigned n) {
    problem.apply(n, st);
    most = std::max(most, n);
  });
  solved.each_exit([&](unsigned n, const CFGBlock&) { most = std::max(most, n); });
  return most;
}

}  // namespace gosan::checks
