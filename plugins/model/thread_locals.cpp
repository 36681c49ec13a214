#include "model/thread_locals.hpp"

#include "model/accesses.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

const VarDecl* thread_local_in(const Expr* e) {
  const auto* r = dyn_cast<DeclRefExpr>(strip(e));
  const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
  return v && v->getTLSKind() != VarDecl::TLS_None ? v->getCanonicalDecl() : nullptr;
}

bool refers_to_thread_local(const VarDecl* v) {
  if (!v->hasLocalStorage() || isa<ParmVarDecl>(v) || !v->getInit() || v->getType()->isDependentType()) return false;
  const Expr* e = strip(v->getInit());
  if (!v->getType()->isReferenceType()) {
    const auto* u = dyn_cast<UnaryOperator>(e);
    if (!u || u->getOpcode() != UO_AddrOf) return false;
    e = strip(u->getSubExpr());
  }
  while (const auto* m = dyn_cast<MemberExpr>(e)) {
    if (m->isArrow()) return false;
    e = strip(m->getBase());
  }
  return thread_local_in(e) != nullptr;
}

access how_assigned(const BinaryOperator& o) {
  if (o.getOpcode() == BO_AddAssign) return access::up;
  return o.getOpcode() == BO_SubAssign ? access::down : access::write;
}

access how_made(const VarDecl* v) {
  if (refers_to_thread_local(v)) return access::refers;
  bool copies = v->hasLocalStorage() && v->getInit() && !v->getType()->isReferenceType() && thread_local_in(v->getInit());
  return copies ? access::copies : access::none;
}

}  // namespace

void add_shared_use(const Stmt* s, const llvm::DenseSet<const Decl*>& shared, const unit& u, std::vector<step>& out) {
  const auto* r = dyn_cast<DeclRefExpr>(s);
  const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()->getCanonicalDecl()) : nullptr;
  if (!v || (!shared.count(v) && !is_shared_global(*v, u))) return;
  step st{.kind = step_kind::access, .origin = r, .at = r->getBeginLoc(), .variable = v, .how = access::use};
  out.push_back(std::move(st));
}

void add_thread_local_uses(const Stmt* s, std::vector<step>& out) {
  auto add = [&](const VarDecl* v, access how) {
    if (!v || how == access::none) return;
    step st{.kind = step_kind::access, .origin = s, .at = s->getBeginLoc(), .variable = v->getCanonicalDecl(), .how = how};
    out.push_back(std::move(st));
  };
  if (const auto* c = dyn_cast<ImplicitCastExpr>(s)) {
    if (c->getCastKind() == CK_LValueToRValue) add(thread_local_in(c->getSubExpr()), access::read);
  } else if (const auto* o = dyn_cast<BinaryOperator>(s)) {
    if (o->isAssignmentOp()) add(thread_local_in(o->getLHS()), how_assigned(*o));
  } else if (const auto* u = dyn_cast<UnaryOperator>(s)) {
    if (u->isIncrementDecrementOp()) add(thread_local_in(u->getSubExpr()), u->isIncrementOp() ? access::up : access::down);
  } else if (const auto* d = dyn_cast<DeclStmt>(s)) {
    for (const Decl* one : d->decls())
      if (const auto* v = dyn_cast<VarDecl>(one)) add(v, how_made(v));
  } else if (const auto* r = dyn_cast<DeclRefExpr>(s)) {
    if (const auto* v = dyn_cast<VarDecl>(r->getDecl()); v && refers_to_thread_local(v)) add(v, access::use);
  }
}

}  // namespace gosan::checks
