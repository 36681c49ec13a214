#include "model/accesses.hpp"

#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

class access_finder : public RecursiveASTVisitor<access_finder> {
 public:
  explicit access_finder(const unit& u, int depth = 0) : unit_(u), depth_(depth) {}

  bool TraverseLambdaExpr(LambdaExpr*) { return true; }

  bool VisitBinaryOperator(BinaryOperator* o) {
    if (o->isAssignmentOp()) add(o->getLHS(), true);
    return true;
  }

  bool VisitUnaryOperator(UnaryOperator* o) {
    if (o->isIncrementDecrementOp()) add(o->getSubExpr(), true);
    return true;
  }

  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* o) {
    bool own = isa_and_nonnull<CXXMethodDecl>(o->getDirectCallee()) && cast<CXXMethodDecl>(o->getDirectCallee())->isUserProvided() &&
               unit_.in_users_code(o->getDirectCallee()->getLocation());  // which may see to it that it can be called by several
    if (o->getNumArgs() && o->isAssignmentOp() && (is_library(o->getArg(0)->getType()) || (is_plain(o->getArg(0)->getType()) && !own)))
      add(o->getArg(0), true);
    if (o->getOperator() == OO_Subscript && is_map(o->getArg(0)->getType())) add(o->getArg(0), true);
    return true;
  }

  bool VisitCallExpr(CallExpr* c) {
    const FunctionDecl* f = c->getDirectCallee();
    const FunctionDecl* definition = f && !isa<CXXMethodDecl>(f) ? f->getDefinition() : nullptr;
    if (!unit_.is_users(definition)) return true;
    for (unsigned n = 0; n != c->getNumArgs() && n != definition->getNumParams(); ++n)
      if (definition->getParamDecl(n)->getType()->isLValueReferenceType()) add_referred(*c->getArg(n), *definition, *definition->getParamDecl(n));
    return true;
  }

  bool VisitCXXConstructExpr(CXXConstructExpr* c) {
    bool copies = c->getNumArgs() == 1 && c->getConstructor()->isCopyConstructor();
    if (copies && (is_library(c->getType()) || is_plain(c->getType()))) add(c->getArg(0), false);
    return true;
  }

  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* c) {
    const CXXMethodDecl* m = c->getMethodDecl();
    if (!m || !m->getIdentifier()) return true;
    if (!is_library(c->getImplicitObjectArgument()->getType())) {
      add_method(*c, *m);
      return true;
    }
    static constexpr llvm::StringLiteral changing[] = {"push_back", "emplace_back", "pop_back", "insert", "emplace", "erase", "clear",
                                                       "resize",    "assign",       "append",   "push",   "pop",     "swap",  "reset"};
    if (llvm::is_contained(changing, m->getName())) add(c->getImplicitObjectArgument(), true);
    else if (m->getName() == "size" || m->getName() == "empty") add(c->getImplicitObjectArgument(), false);
    return true;
  }

  bool VisitImplicitCastExpr(ImplicitCastExpr* c) {
    if (c->getCastKind() == CK_LValueToRValue) add(c->getSubExpr(), false);
    return true;
  }

  std::vector<variable_access> found;

 protected:
  // What e leads to: v itself, *v, v->field; within a method, a field of this one's object.
  struct target {
    const Expr* base = nullptr;
    bool pointee = false;
    const ValueDecl* field = nullptr;
    std::optional<std::int64_t> cell;
  };

  target target_of(const Expr* e) const {
    target t;
    t.base = e->IgnoreParenImpCasts();
    if (auto index = constant_index(t.base)) {
      t.cell = index->second;
      t.base = index->first;
      return t;
    }
    if (const auto* m = dyn_cast<MemberExpr>(t.base); m && isa<FieldDecl>(m->getMemberDecl())) {
      t.field = m->getMemberDecl();
      t.base = m->getBase()->IgnoreParenImpCasts();
      t.pointee = m->isArrow() && t.base->getType()->isPointerType() && !isa<CXXOperatorCallExpr>(t.base);
    }
    if (const auto* u = dyn_cast<UnaryOperator>(t.base); u && u->getOpcode() == UO_Deref && !t.pointee) {
      t.pointee = true;
      t.base = u->getSubExpr()->IgnoreParenImpCasts();
    } else if (const auto* o = dyn_cast<CXXOperatorCallExpr>(t.base);
               o && !t.pointee && (o->getOperator() == OO_Arrow || (o->getOperator() == OO_Star && o->getNumArgs() == 1))) {
      t.pointee = true;
      t.base = o->getArg(0)->IgnoreParenImpCasts();
    }
    return t;
  }

  // `a[2]` of an array, a vector or the like: what it is of, and which.
  std::optional<std::pair<const Expr*, std::int64_t>> constant_index(const Expr* e) const {
    const Expr *of = nullptr, *index = nullptr;
    if (const auto* s = dyn_cast<ArraySubscriptExpr>(e)) {
      of = s->getBase()->IgnoreParenImpCasts();
      index = of->getType()->isArrayType() ? s->getIdx() : nullptr;
    } else if (const auto* o = dyn_cast<CXXOperatorCallExpr>(e); o && o->getOperator() == OO_Subscript && is_sequence(o->getArg(0)->getType())) {
      of = o->getArg(0)->IgnoreParenImpCasts();
      index = o->getArg(1);
    }
    Expr::EvalResult value;
    if (!index || index->isValueDependent() || !index->EvaluateAsInt(value, unit_.ast())) return std::nullopt;
    return std::pair(of, value.Val.getInt().getExtValue());
  }

  virtual void add(const Expr* e, bool writes) {
    target t = target_of(e);
    if (isa<CXXThisExpr>(t.base) && t.field) found.push_back({t.base, class_of(t.base), writes, true, t.field, {}});
    const auto* r = dyn_cast<DeclRefExpr>(t.base);
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    if (!v || (t.pointee && !is_pointer(v->getType()))) return;
    if (t.field && !t.pointee && r->getType()->isPointerType()) return;
    found.push_back({r, v->getCanonicalDecl(), writes, t.pointee, t.field, t.cell});
  }

  virtual void add_method(const CXXMemberCallExpr& c, const CXXMethodDecl& m);
  virtual void add_referred(const Expr& argument, const FunctionDecl& f, const ParmVarDecl& p);

 public:
  virtual ~access_finder() = default;

 private:
  const unit& unit_;
  int depth_;  // of functions within functions

  static const Decl* class_of(const Expr* self) {
    const CXXRecordDecl* c = self->getType()->getPointeeType()->getAsCXXRecordDecl();
    return c ? c->getCanonicalDecl() : nullptr;
  }

  static bool is_pointer(QualType t) {
    if (t->isPointerType()) return true;
    const CXXRecordDecl* c = t->getAsCXXRecordDecl();
    return c && c->isInStdNamespace() && c->getIdentifier() && c->getName() == "shared_ptr";
  }

  static bool is_sequence(QualType t) {
    const CXXRecordDecl* c = t.getNonReferenceType()->getAsCXXRecordDecl();
    return c && c->isInStdNamespace() && c->getIdentifier() && (c->getName() == "vector" || c->getName() == "array" || c->getName() == "deque");
  }
};

// What a method does to fields of its own object.
class method_finder : public access_finder {
 public:
  using access_finder::access_finder;
  std::vector<std::pair<const ValueDecl*, bool>> fields;

 private:
  void add(const Expr* e, bool writes) override {
    target t = target_of(e);
    if (t.field && !t.cell && isa<CXXThisExpr>(t.base)) fields.push_back({t.field, writes});
  }
  void add_method(const CXXMemberCallExpr&, const CXXMethodDecl&) override {}
  void add_referred(const Expr&, const FunctionDecl&, const ParmVarDecl&) override {}
};

void access_finder::add_method(const CXXMemberCallExpr& c, const CXXMethodDecl& m) {
  target t = target_of(c.getImplicitObjectArgument());
  const auto* r = dyn_cast<DeclRefExpr>(t.base);
  const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
  bool own = isa<CXXThisExpr>(t.base);
  bool of_pointee = own || t.pointee || (r && r->getType()->isPointerType());
  if ((!v && !own) || t.field || t.cell || (of_pointee && !own && !is_pointer(v->getType())) || m.isVirtual() || !unit_.is_users(m.getDefinition())) return;
  method_finder inner(unit_);
  inner.TraverseStmt(m.getDefinition()->getBody());
  for (auto& [field, writes] : inner.fields) found.push_back({t.base, own ? class_of(t.base) : v->getCanonicalDecl(), writes, of_pointee, field, {}});
}

void access_finder::add_referred(const Expr& argument, const FunctionDecl& f, const ParmVarDecl& p) {
  if (depth_ == 3) return;
  access_finder inner(unit_, depth_ + 1);
  inner.TraverseStmt(f.getBody());
  for (const variable_access& a : inner.found)
    if (a.variable == p.getCanonicalDecl() && !a.pointee && !a.field && !a.cell) add(&argument, a.writes);
}

}  // namespace

bool is_shared_global(const VarDecl& v, const unit& u) {
  QualType t = v.getType();
  if (!v.hasGlobalStorage() || v.getTLSKind() != VarDecl::TLS_None || v.isConstexpr()) return false;
  if (t->isReferenceType() || t.isConstQualified() || t.isVolatileQualified()) return false;
  return u.in_users_code(v.getLocation());
}

std::vector<variable_access> accesses_in(const Stmt* body, const unit& u) {
  access_finder f(u);
  f.TraverseStmt(const_cast<Stmt*>(body));
  return std::move(f.found);
}

}  // namespace gosan::checks
