#include "model/moved_pointers.hpp"

#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

class moving_finder : public RecursiveASTVisitor<moving_finder> {
 public:
  moving_finder(const unit& u, std::set<const Decl*>& to) : unit_(u), to_(to) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool TraverseDecl(Decl* d) { return unit_.is_of_others(d) || RecursiveASTVisitor::TraverseDecl(d); }
  bool VisitUnaryOperator(UnaryOperator* o) {
    if (o->getOpcode() == UO_AddrOf) note(o->getSubExpr());
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* c) {
    const CXXMethodDecl* m = c->getMethodDecl();
    if (m && m->getIdentifier() && !m->isConst() && !c->getImplicitObjectArgument()->getType()->isPointerType()) note(c->getImplicitObjectArgument());
    return true;
  }
  bool VisitCallExpr(CallExpr* c) {
    const FunctionDecl* f = c->getDirectCallee();
    unsigned object = isa<CXXOperatorCallExpr>(c) && f && isa<CXXMethodDecl>(f) ? 1 : 0;
    for (unsigned n = object; f && n != c->getNumArgs() && n - object != f->getNumParams(); ++n) {
      QualType t = f->getParamDecl(n - object)->getType();
      if (t->isReferenceType() && !t->getPointeeType().isConstQualified()) note(c->getArg(n));
    }
    return true;
  }

 private:
  void note(const Expr* e) {
    e = e ? strip(e) : nullptr;
    if (!e || !is_pointer_like(e->getType())) return;
    if (const auto* r = dyn_cast<DeclRefExpr>(e)) to_.insert(r->getDecl()->getCanonicalDecl());
    if (const auto* m = dyn_cast<MemberExpr>(e)) to_.insert(m->getMemberDecl()->getCanonicalDecl());
  }

  const unit& unit_;
  std::set<const Decl*>& to_;
};

}  // namespace

bool moved_pointers::stay_along(const place& p) {
  if (!found_) {
    found_.emplace();
    moving_finder(unit_, *found_).TraverseDecl(unit_.ast().getTranslationUnitDecl());
  }
  return !found_->count(p.root) && llvm::none_of(p.path, [&](const Decl* d) { return d && found_->count(d); });
}

}  // namespace gosan::checks
