#include "model/selects.hpp"

#include "model/unit.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

using edges = std::map<unsigned, std::vector<step>>;

// The select that a condition looks at: the call, or a variable that holds its result.
const CallExpr* select_in(const Expr* e, const unit& u) {
  e = e ? strip(e) : nullptr;
  if (const auto* r = dyn_cast_or_null<DeclRefExpr>(e))
    if (const auto* v = dyn_cast<VarDecl>(r->getDecl()); v && !u.is_reassigned(v)) e = v->getInit() ? strip(v->getInit()) : nullptr;
  const auto* c = dyn_cast_or_null<CallExpr>(e);
  return c && u.roles().of(*c).what == role::select ? c : nullptr;
}

std::optional<unsigned> constant(const Expr* e, const unit& u) {
  Expr::EvalResult value;
  if (!e || e->isValueDependent() || !e->getType()->isIntegralOrEnumerationType() || !e->EvaluateAsInt(value, u.ast())) return std::nullopt;
  return static_cast<unsigned>(value.Val.getInt().getExtValue());
}

void add_case(const CallExpr& select, unsigned index, const unit& u, std::vector<step>& out) {
  const auto* one = index < select.getNumArgs() ? dyn_cast<CallExpr>(strip(select.getArg(index))) : nullptr;
  if (!one || !one->getNumArgs()) return;
  role what = u.roles().of(*one).what;
  if (what != role::recv_case && what != role::send_case) return;
  step st{.kind = step_kind::op, .what = what == role::recv_case ? role::recv : role::send, .properties = props::parks,
          .where = u.places().resolve(one->getArg(0)), .origin = one, .at = one->getExprLoc()};
  out.push_back(std::move(st));
}

void of_switch(const SwitchStmt& s, const CFGBlock& b, const unit& u, edges& out) {
  const CallExpr* select = select_in(s.getCond(), u);
  if (!select) return;
  std::set<unsigned> named;
  for (unsigned n = 0; n != b.succ_size(); ++n) {
    const CFGBlock* to = *(b.succ_begin() + n);
    const auto* label = to ? dyn_cast_or_null<CaseStmt>(to->getLabel()) : nullptr;
    auto index = constant(label ? label->getLHS() : nullptr, u);
    if (!index) continue;
    named.insert(*index);
    add_case(*select, *index, u, out[n]);
  }
  // The default stands for the case that no label names, when there is but one. It is the last edge.
  // Where labels name all, no path takes it: whatever is waited for has come there.
  bool none_left = named.size() == select->getNumArgs();
  if (b.succ_size() == 0 || (!none_left && named.size() + 1 != select->getNumArgs())) return;
  for (unsigned n = 0; n != select->getNumArgs(); ++n)
    if (none_left || !named.count(n)) add_case(*select, n, u, out[b.succ_size() - 1]);
}

// `select(...) == 1`, `0 != select(...)`, `!select(...)`, and the call itself: the first case is 0.
void of_condition(const Expr* e, const CFGBlock& b, const unit& u, edges& out) {
  if (b.succ_size() != 2) return;
  unsigned equal = 1;  // the edge taken for `index`
  std::optional<unsigned> index = 0;
  for (const auto* n = dyn_cast<UnaryOperator>(strip(e)); n && n->getOpcode() == UO_LNot; n = dyn_cast<UnaryOperator>(strip(e))) {
    e = n->getSubExpr();
    equal = 1 - equal;
  }
  const CallExpr* select = select_in(e, u);
  if (const auto* o = dyn_cast<BinaryOperator>(strip(e)); o && o->isEqualityOp()) {
    bool mirrored = !select_in(o->getLHS(), u);
    select = select_in(mirrored ? o->getRHS() : o->getLHS(), u);
    index = select ? constant(mirrored ? o->getLHS() : o->getRHS(), u) : std::nullopt;
    equal = (o->getOpcode() == BO_EQ) == (equal == 1) ? 0 : 1;
  }
  if (!select || !index) return;
  add_case(*select, *index, u, out[equal]);
  if (select->getNumArgs() == 2) add_case(*select, 1 - *index, u, out[1 - equal]);
}

}  // namespace

edges cases_taken(const CFGBlock& b, unit& u) {
  edges out;
  if (const auto* s = dyn_cast_or_null<SwitchStmt>(b.getTerminatorStmt())) of_switch(*s, b, u, out);
  else if (const auto* e = dyn_cast_or_null<Expr>(b.getTerminatorCondition()))
    of_condition(e, b, u, out);
  return out;
}

}  // namespace gosan::checks
