#include "model/refused.hpp"

#include "model/unit.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

struct tested {
  const CallExpr* call = nullptr;
  bool is_zero = false;  // what the condition asks: whether the call gave zero
};

bool is_zero(const Expr* e) {
  const auto* n = dyn_cast<IntegerLiteral>(e->IgnoreParenImpCasts());
  return n && n->getValue() == 0;
}

tested tested_call(const Expr* e, const unit& u);

tested negated(tested t) { return {t.call, !t.is_zero}; }

tested tested_by(const BinaryOperator& o, const unit& u) {
  if (o.getOpcode() == BO_Assign) return tested_call(o.getRHS(), u);
  if (o.getOpcode() != BO_EQ && o.getOpcode() != BO_NE) return {};
  const Expr* number = is_zero(o.getRHS()) ? o.getLHS() : is_zero(o.getLHS()) ? o.getRHS() : nullptr;
  if (!number) return {};
  return o.getOpcode() == BO_EQ ? negated(tested_call(number, u)) : tested_call(number, u);
}

tested tested_call(const Expr* e, const unit& u) {
  e = e->IgnoreParenImpCasts();
  if (const auto* c = dyn_cast<CallExpr>(e)) return {c, false};
  if (const auto* o = dyn_cast<UnaryOperator>(e); o && o->getOpcode() == UO_LNot) return negated(tested_call(o->getSubExpr(), u));
  if (const auto* o = dyn_cast<BinaryOperator>(e)) return tested_by(*o, u);
  const auto* r = dyn_cast<DeclRefExpr>(e);
  const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
  return v && v->getInit() && !u.is_reassigned(v) ? tested_call(v->getInit(), u) : tested{};
}

}  // namespace

std::optional<std::pair<unsigned, step>> refused_lock(const CFGBlock& b, const flow& f, unit& u) {
  const auto* condition = dyn_cast_or_null<Expr>(b.getLastCondition());
  const tested t = condition && b.succ_size() == 2 ? tested_call(condition, u) : tested{};
  if (!t.call || !t.call->getType()->isIntegerType() || t.call->getType()->isBooleanType()) return std::nullopt;
  std::optional<step> taken;
  f.each([&](const step& st) {
    if (st.kind == step_kind::op && st.what == role::lock && st.origin == t.call) taken = st;
  });
  if (!taken) return std::nullopt;
  taken->what = role::unlock;
  taken->implicit = true;
  return std::pair{t.is_zero ? 1u : 0u, *taken};
}

}  // namespace gosan::checks
