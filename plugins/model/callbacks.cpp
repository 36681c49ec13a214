#include "model/callbacks.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool keeps_callables(QualType t) {
  const CXXRecordDecl* c = t.getNonReferenceType()->getAsCXXRecordDecl();
  return c && c->isInStdNamespace() && c->getIdentifier() && (c->getName() == "function" || c->getName() == "move_only_function");
}

const FieldDecl* field_in(const Expr* e) {
  const auto* m = dyn_cast<MemberExpr>(strip(e));
  const auto* f = m ? dyn_cast<FieldDecl>(m->getMemberDecl()) : nullptr;
  return f && keeps_callables(f->getType()) ? f : nullptr;
}

const Expr* moved_from(const Expr* e) {
  e = strip_copies(e);
  while (const auto* c = dyn_cast<CallExpr>(e)) {
    const FunctionDecl* f = c->getDirectCallee();
    if (!f || !f->isInStdNamespace() || !f->getIdentifier() || c->getNumArgs() != 1) break;
    if (f->getName() != "move" && f->getName() != "forward") break;
    e = strip_copies(c->getArg(0));
  }
  return e;
}

bool is_nothing(const Expr* e) {
  if (isa<CXXNullPtrLiteralExpr>(e) || isa<CXXDefaultInitExpr>(e) || isa<ImplicitValueInitExpr>(e)) return true;
  const auto* c = dyn_cast<CXXConstructExpr>(e);
  return c && c->getNumArgs() == 0;
}

// Puts, and the methods by whose parameters others put.
class put_finder : public RecursiveASTVisitor<put_finder> {
 public:
  explicit put_finder(unit& u) : unit_(u) {}

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool TraverseDecl(Decl* d) { return unit_.is_of_others(d) || RecursiveASTVisitor::TraverseDecl(d); }

  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* c) {
    if (c->getOperator() == OO_Equal && c->getNumArgs() == 2)
      if (const FieldDecl* f = field_in(c->getArg(0)))
        put(*f, unit_.places().resolve(cast<MemberExpr>(strip(c->getArg(0)))->getBase()), c->getArg(1), c);
    return true;
  }
  bool VisitCXXConstructorDecl(CXXConstructorDecl* k) {
    for (const CXXCtorInitializer* i : k->inits())
      if (const FieldDecl* f = i->getMember(); f && i->isWritten() && keeps_callables(f->getType()))
        put(*f, place(k->getParent()->getCanonicalDecl()), i->getInit(), i->getInit());
    return true;
  }
  bool VisitInitListExpr(InitListExpr* l) {
    const CXXRecordDecl* c = l->getType()->getAsCXXRecordDecl();
    if (!c || !c->hasDefinition() || !l->isSemanticForm()) return true;
    for (const FieldDecl* f : c->fields())
      if (f->getFieldIndex() < l->getNumInits() && keeps_callables(f->getType()) && !is_nothing(strip(l->getInit(f->getFieldIndex())))) unknown.insert(f->getCanonicalDecl());
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* c) {
    calls_.push_back(c);
    return true;
  }

  // What callers hand to the methods that keep a parameter.
  void finish() {
    for (const CXXMemberCallExpr* c : calls_) {
      const CXXMethodDecl* m = c->getMethodDecl();
      auto [at, end] = setters_.equal_range(m ? m->getCanonicalDecl() : nullptr);
      for (; at != end; ++at) {
        const setter& s = at->second;
        if (s.parameter < c->getNumArgs()) put(*s.field, unit_.places().resolve(c->getImplicitObjectArgument()), c->getArg(s.parameter), c);
      }
    }
  }

  std::map<const Decl*, std::vector<kept_callback>> found;
  std::set<const Decl*> unknown;

 private:
  struct setter {
    unsigned parameter;
    const FieldDecl* field;
  };

  void put(const FieldDecl& f, place object, const Expr* what, const Stmt* at) {
    what = moved_from(what);
    if (is_nothing(what)) return;
    if (const LambdaExpr* l = lambda_of(what); l && object) {
      auto names = names_of(object, *l);
      found[f.getCanonicalDecl()].push_back({l->getCallOperator(), std::move(object), at, std::move(names)});
      return;
    }
    const auto* r = dyn_cast<DeclRefExpr>(what);
    const auto* p = r ? dyn_cast<ParmVarDecl>(r->getDecl()) : nullptr;
    const auto* m = p ? dyn_cast<CXXMethodDecl>(p->getDeclContext()) : nullptr;
    bool sets_own = m && !isa<CXXConstructorDecl>(m) && isa_and_nonnull<CXXRecordDecl>(object.root) && object.path.empty();
    if (sets_own) setters_.insert({m->getCanonicalDecl(), {p->getFunctionScopeIndex(), &f}});
    else unknown.insert(f.getCanonicalDecl());
  }

  std::vector<const Decl*> names_of(const place& object, const LambdaExpr& l) const {
    std::vector<const Decl*> names;
    for (const LambdaCapture& c : l.captures()) {
      const auto* v = c.capturesVariable() && c.getCapturedVar()->isInitCapture() ? cast<VarDecl>(c.getCapturedVar()) : nullptr;
      const Expr* made = v && v->getInit() ? strip_copies(v->getInit()) : nullptr;
      const auto* got = dyn_cast_or_null<CXXMemberCallExpr>(made);
      bool pointer = got && got->getMethodDecl() && got->getMethodDecl()->getIdentifier() && got->getMethodDecl()->getName() == "get";
      if (made && unit_.places().resolve(pointer ? got->getImplicitObjectArgument() : made) == object) names.push_back(v->getCanonicalDecl());
    }
    return names;
  }

  unit& unit_;
  std::multimap<const CXXMethodDecl*, setter> setters_;
  std::vector<const CXXMemberCallExpr*> calls_;
};

}  // namespace

const MemberExpr* member_called(const Stmt* call) {
  const auto* c = dyn_cast_or_null<CXXOperatorCallExpr>(call);
  bool called = c && c->getOperator() == OO_Call && field_in(c->getArg(0));
  return called ? cast<MemberExpr>(strip(c->getArg(0))) : nullptr;
}

std::optional<binding> kept_callback::entered_from(const place& object_there) const {
  place outer = object_there;
  for (const Decl* field : llvm::reverse(object.path)) {
    if (outer.path.empty() || outer.path.back() != field) return std::nullopt;
    outer.path.pop_back();
  }
  if (!outer) return std::nullopt;
  binding b;
  if (isa<CXXRecordDecl>(object.root)) b.this_place = outer;
  else b.of[object.root] = outer;
  for (const Decl* name : names) b.of[name] = object_there;
  return b;
}

callbacks::callbacks(unit& u) {
  put_finder all(u);
  all.TraverseDecl(u.ast().getTranslationUnitDecl());
  all.finish();
  for (const Decl* d : all.unknown) all.found.erase(d);
  known_ = std::move(all.found);
}

const std::vector<kept_callback>& callbacks::in(const ValueDecl* member) const {
  static const std::vector<kept_callback> none;
  auto at = known_.find(member->getCanonicalDecl());
  return at == known_.end() ? none : at->second;
}

}  // namespace gosan::checks
