#include "model/references.hpp"

#include "model/unit.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool is_view(QualType t) {
  t = t.getNonReferenceType();
  if (t->isPointerType() && !t->isFunctionPointerType()) return true;
  const CXXRecordDecl* c = t->getAsCXXRecordDecl();
  if (!c || !c->getIdentifier()) return false;
  llvm::StringRef name = c->getName();
  return name == "basic_string_view" || name == "span" || name == "reference_wrapper" || name.take_back(8) == "iterator";
}

bool is_std_call(const Expr* e, std::initializer_list<llvm::StringRef> names) {
  const auto* c = dyn_cast<CallExpr>(e);
  const FunctionDecl* f = c && c->getNumArgs() ? c->getDirectCallee() : nullptr;
  return f && f->getIdentifier() && f->isInStdNamespace() && llvm::is_contained(names, f->getName());
}

// What e is made by, behind copies and the variable that holds it.
const Expr* made_by(const Expr* e) {
  for (int depth = 0; e && depth != 6; ++depth) {
    e = strip(e);
    const auto* r = dyn_cast<DeclRefExpr>(e);
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    const auto* k = dyn_cast<CXXConstructExpr>(e);
    if (v && !isa<ParmVarDecl>(v)) e = v->getInit();
    else if (k && k->getNumArgs() == 1 && k->getConstructor()->isCopyOrMoveConstructor()) e = k->getArg(0);
    else if (is_std_call(e, {"move"})) e = cast<CallExpr>(e)->getArg(0);
    else return e;
  }
  return e;
}

// The argument of a constructor that a field is made from as it is.
const Expr* argument_for(const FieldDecl* f, const CXXConstructExpr& k) {
  const auto* definition = dyn_cast_or_null<CXXConstructorDecl>(k.getConstructor()->getDefinition());
  if (!definition) return nullptr;
  for (const CXXCtorInitializer* i : definition->inits()) {
    if (!i->isAnyMemberInitializer() || i->getAnyMember() != f) continue;
    const Expr* init = strip(i->getInit());
    if (const auto* u = dyn_cast<UnaryOperator>(init); u && u->getOpcode() == UO_AddrOf) init = strip(u->getSubExpr());
    const auto* r = dyn_cast<DeclRefExpr>(init);
    const auto* parameter = r ? dyn_cast<ParmVarDecl>(r->getDecl()) : nullptr;
    return parameter && parameter->getFunctionScopeIndex() < k.getNumArgs() ? k.getArg(parameter->getFunctionScopeIndex()) : nullptr;
  }
  return nullptr;
}

}  // namespace

bool is_closure_type(QualType t) {
  const CXXRecordDecl* c = t.getNonReferenceType()->getAsCXXRecordDecl();
  if (!c || !c->hasDefinition()) return false;
  return llvm::any_of(c->methods(), [](const CXXMethodDecl* m) { return m->getOverloadedOperator() == OO_Call; });
}

namespace {

constexpr int deepest = 6;  // of closures within closures
using exprs = llvm::SmallVector<const Expr*, 4>;

// What the copy of a closure is made from.
const Expr* original_of(const Expr* e) {
  for (int depth = 0; e && depth != deepest; ++depth) {
    e = strip_copies(e);
    if (!is_std_call(e, {"move", "forward"})) return e;
    e = cast<CallExpr>(e)->getArg(0);
  }
  return e;
}

// f(variable, what it is made from), for each capture by copy.
template <class F>
void each_copy(const LambdaExpr& l, F f) {
  const auto* init = l.capture_init_begin();
  for (const LambdaCapture& c : l.captures()) {
    const auto* v = c.capturesVariable() && c.getCaptureKind() == LCK_ByCopy ? dyn_cast<VarDecl>(c.getCapturedVar()) : nullptr;
    if (v) f(*v, v->isInitCapture() ? v->getInit() : *init);
    ++init;
  }
}

void add_closures(const Expr* e, exprs& to, int depth);

class return_finder : public RecursiveASTVisitor<return_finder> {
 public:
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }
  bool VisitReturnStmt(ReturnStmt* r) {
    if (r->getRetValue()) found.push_back(r->getRetValue());
    return true;
  }
  exprs found;
};

// A function that makes one closure of another, or hands it on.
void add_closures_of_call(const CallExpr& c, exprs& to, int depth) {
  const FunctionDecl* f = c.getDirectCallee() ? c.getDirectCallee()->getDefinition() : nullptr;
  if (!f || !f->hasBody() || f->isInStdNamespace() || isa<CXXOperatorCallExpr>(c) || !is_closure_type(c.getType())) return;
  return_finder returns;
  returns.TraverseStmt(f->getBody());
  exprs returned;
  for (const Expr* e : returns.found) add_closures(e, returned, depth + 1);
  for (unsigned n = 0; n != c.getNumArgs() && n != f->getNumParams(); ++n) {
    const VarDecl* p = f->getParamDecl(n)->getCanonicalDecl();
    bool in_it = llvm::any_of(returned, [&](const Expr* e) {
      const auto* r = dyn_cast<DeclRefExpr>(e);
      return r && r->getDecl()->getCanonicalDecl() == p;
    });
    if (in_it && is_closure_type(p->getType())) add_closures(c.getArg(n), to, depth + 1);
  }
}

void add_closures(const Expr* e, exprs& to, int depth) {
  if (!e || depth > deepest) return;
  to.push_back(e);
  e = original_of(e);
  if (e && e != to.back()) to.push_back(e);
  if (const LambdaExpr* l = e ? lambda_of(e) : nullptr) {
    each_copy(*l, [&](const VarDecl& v, const Expr* init) {
      if (is_closure_type(v.getType())) add_closures(init, to, depth + 1);
    });
  } else if (const auto* r = dyn_cast_or_null<DeclRefExpr>(e)) {
    const auto* v = dyn_cast<VarDecl>(r->getDecl());
    if (v && !isa<ParmVarDecl>(v) && v->getInit() && is_closure_type(v->getType())) add_closures(v->getInit(), to, depth + 1);
  } else if (const auto* c = dyn_cast_or_null<CallExpr>(e)) {
    add_closures_of_call(*c, to, depth);
  }
}

}  // namespace

exprs closures_in(const Expr* e) {
  exprs all;
  add_closures(e, all, 0);
  return all;
}

std::vector<field_source> fields_of_functor(const Expr* callable) {
  std::vector<field_source> found;
  const Expr* e = made_by(callable);
  const CXXRecordDecl* c = e ? e->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
  if (!c || !c->hasDefinition() || c->isLambda() || c->isInStdNamespace()) return found;
  const auto* list = dyn_cast<InitListExpr>(e);
  if (list && !list->isSemanticForm() && list->getSemanticForm()) list = list->getSemanticForm();
  const auto* k = dyn_cast<CXXConstructExpr>(e);
  for (const FieldDecl* f : c->fields()) {
    if (!f->getType()->isReferenceType() && !is_view(f->getType())) continue;
    const Expr* source = nullptr;
    if (list && list->getNumInits() == static_cast<unsigned>(std::distance(c->field_begin(), c->field_end()))) source = list->getInit(f->getFieldIndex());
    else if (k) source = argument_for(f, *k);
    if (source) found.push_back({f, source});
  }
  return found;
}

namespace {

class local_finder {
 public:
  local_finder(const flow& f, unit& u) : function_(f.function()), unit_(u) {}

  void callable(const Expr* e) {
    for (const Expr* one : closures_in(e)) closure(one);
  }

  void closure(const Expr* e) {
    if (const LambdaExpr* l = lambda_of(e)) {
      for (const LambdaCapture& c : l->captures()) capture(*l, c);
      return;
    }
    if (is_std_call(strip(e), {"bind", "bind_front"})) {
      const auto* bound = cast<CallExpr>(strip(e));
      callable(bound->getArg(0));
      arguments(llvm::ArrayRef<const Expr*>(bound->getArgs(), bound->getNumArgs()).drop_front());
      return;
    }
    for (const field_source& s : fields_of_functor(e)) {
      const VarDecl* v = s.field->getType()->isReferenceType() ? owner(s.source) : points_into(s.source, 0);
      // A reference that a constructor takes, of which the functor keeps the address.
      if (!v && s.field->getType()->isPointerType() && !s.source->getType()->isPointerType()) v = owner(s.source);
      if (v) add(v, s.source->getExprLoc(), s.source->getSourceRange(), "is handed a reference to", "");
    }
    arguments(e);  // std::ref of a functor
  }

  void arguments(llvm::ArrayRef<const Expr*> all) {
    for (const Expr* a : all)
      if (const VarDecl* v = points_into(a, 0)) add(v, a->getExprLoc(), a->getSourceRange(), "is handed a reference to", "");
  }

  // References among a coroutine's parameters stay references, and so does its `this`.
  void of_frame(const spawn_site& s) {
    auto refer = [&](const Expr* e) {
      if (const VarDecl* v = owner(e)) add(v, e->getExprLoc(), e->getSourceRange(), "is a coroutine whose frame refers to", "");
    };
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(s.coroutine); m && !m->getImplicitObjectArgument()->getType()->isPointerType())
      refer(m->getImplicitObjectArgument());
    for (unsigned n = 0; n != s.arguments.size(); ++n)
      if (n < s.body->getNumParams() && s.body->getParamDecl(n)->getType()->isReferenceType()) refer(s.arguments[n]);
      else arguments(s.arguments[n]);
  }

  std::vector<local_reference> found;

 private:
  void add(const VarDecl* v, SourceLocation at, SourceRange range, const char* how, const char* how_end,
           const LambdaExpr* l = nullptr, const LambdaCapture* c = nullptr) {
    if (!is_local_of(v, function_)) return;
    for (const local_reference& r : found)
      if (r.variable == v->getCanonicalDecl()) return;
    found.push_back({v->getCanonicalDecl(), at, range, how, how_end, l, c});
  }

  void capture(const LambdaExpr& l, const LambdaCapture& c) {
    if (!c.capturesVariable()) return;
    const auto* v = dyn_cast<VarDecl>(c.getCapturedVar());
    if (!v) return;
    if (c.getCaptureKind() == LCK_ByCopy) {
      const VarDecl* target = is_view(v->getType()) ? (v->isInitCapture() ? points_into(v->getInit(), 0) : pointee(v, 0)) : nullptr;
      if (target) add(target, c.getLocation(), c.getLocation(), "captures a reference to", "");
      return;
    }
    if (c.getCaptureKind() != LCK_ByRef) return;
    const VarDecl* target = v;
    if (v->getType()->isReferenceType() || v->isInitCapture()) target = unit_.places().of_variable(v).variable();
    if (!target || target->getType()->isReferenceType()) return;
    add(target, c.getLocation(), c.getLocation(), "captures", " by reference", &l, &c);
  }

  // The local variable that a value refers into: &v, std::ref(v), a view or an iterator of v.
  const VarDecl* points_into(const Expr* e, int depth) {
    if (!e || depth > 6) return nullptr;
    e = strip(e);
    if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_AddrOf) return owner(u->getSubExpr());
    if (const auto* r = dyn_cast<DeclRefExpr>(e)) {
      const auto* v = dyn_cast<VarDecl>(r->getDecl());
      if (!v) return nullptr;
      if (v->getType()->isArrayType()) return nullptr;  // a literal's or a table's: its life is judged by its own name
      return is_view(v->getType()) ? pointee(v, depth + 1) : nullptr;
    }
    if (!is_view(e->getType())) return nullptr;
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(e)) return owner(m->getImplicitObjectArgument());
    if (const auto* c = dyn_cast<CXXConstructExpr>(e); c && c->getNumArgs()) {
      if (const VarDecl* v = points_into(c->getArg(0), depth + 1)) return v;
      return c->getConstructor()->isCopyOrMoveConstructor() ? nullptr : owner(c->getArg(0));
    }
    return is_std_call(e, {"ref", "cref", "addressof"}) ? owner(cast<CallExpr>(e)->getArg(0)) : nullptr;
  }

  const VarDecl* pointee(const VarDecl* v, int depth) {
    if (!is_local_of(v, function_) || v->getType()->isReferenceType()) return nullptr;
    return points_into(v->getInit(), depth + 1);
  }

  // The variable whose own storage e lies in: v, v.field, v[n] of an array; not what a pointer of it leads to.
  const VarDecl* owner(const Expr* e) {
    e = strip(e);
    if (const auto* m = dyn_cast<MemberExpr>(e)) return m->isArrow() ? nullptr : owner(m->getBase());
    if (const auto* s = dyn_cast<ArraySubscriptExpr>(e)) return owner(s->getBase());
    const auto* r = dyn_cast<DeclRefExpr>(e);
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    if (!v) return nullptr;
    if (v->getType()->isReferenceType()) v = unit_.places().of_variable(v).variable();
    if (!v || v->getType()->isReferenceType() || is_view(v->getType())) return nullptr;
    return v;
  }

  const FunctionDecl& function_;
  unit& unit_;
};

class outer_finder {
 public:
  outer_finder(const flow& f, unit& u) : function_(f.function()), unit_(u) {}

  void callable(const Expr* e) {
    if (const LambdaExpr* l = e ? lambda_of(e) : nullptr) {
      const auto* init = l->capture_init_begin();
      for (const LambdaCapture& c : l->captures()) capture(c, *init++);
    } else if (e) {
      for (const field_source& s : fields_of_functor(e)) source(s.source, s.field->getType());
    }
  }

  void argument(const Expr* a) {
    a = strip(a);
    if (a->getType()->isPointerType()) source(a, a->getType());
    else if (is_std_call(a, {"ref", "cref"})) source(cast<CallExpr>(a)->getArg(0), unit_.ast().getLValueReferenceType(cast<CallExpr>(a)->getArg(0)->getType()));
  }

  std::vector<outer_reference> found;

 private:
  void capture(const LambdaCapture& c, const Expr* init) {
    if (c.getCaptureKind() == LCK_This) {
      if (init) source(init, init->getType());
      return;
    }
    const auto* v = c.capturesVariable() ? dyn_cast<VarDecl>(c.getCapturedVar()) : nullptr;
    if (!v) return;
    bool others = v->getType()->isReferenceType() || !is_local_of(v, function_);
    if (c.getCaptureKind() == LCK_ByRef && others) add(unit_.places().of_variable(v), v->getType().getNonReferenceType());
    if (c.getCaptureKind() == LCK_ByCopy && v->getType()->isPointerType()) add(unit_.places().of_variable(v), v->getType()->getPointeeType());
  }

  void source(const Expr* e, QualType how) { add(unit_.places().resolve(e), how->getPointeeType()); }

  void add(const place& p, QualType type) {
    if (p && !type.isNull() && (isa<CXXRecordDecl>(p.root) || isa<ParmVarDecl>(p.root) || !is_local_of(p.variable(), function_)))
      found.push_back({p, type});
  }

  const FunctionDecl& function_;
  unit& unit_;
};

}  // namespace

std::vector<local_reference> locals_referred_to(const spawn_site& s, const flow& f, unit& u) {
  local_finder finder(f, u);
  finder.callable(s.callable);
  if (s.coroutine) finder.of_frame(s);
  else finder.arguments(s.arguments);
  for (const Expr* a : s.arguments)
    if (is_closure_type(a->getType())) finder.callable(a);
  return std::move(finder.found);
}

std::vector<local_reference> locals_referred_to(const Expr* callable, const flow& f, unit& u) {
  local_finder finder(f, u);
  finder.callable(callable);
  return std::move(finder.found);
}

std::vector<outer_reference> others_referred_to(const spawn_site& s, const flow& f, unit& u) {
  outer_finder finder(f, u);
  finder.callable(s.callable);
  for (const Expr* a : s.arguments) finder.argument(a);
  return std::move(finder.found);
}

const ParmVarDecl* parameter_in(const Expr* e, const FunctionDecl& f) {
  for (int depth = 0; e && depth != 6; ++depth) {
    e = strip(e);
    if (const auto* r = dyn_cast<DeclRefExpr>(e)) {
      const auto* p = dyn_cast<ParmVarDecl>(r->getDecl());
      return p && is_local_of(p, f) ? p : nullptr;
    }
    const auto* k = dyn_cast<CXXConstructExpr>(e);
    if (k && k->getNumArgs() == 1) e = k->getArg(0);
    else if (is_std_call(e, {"move", "forward"})) e = cast<CallExpr>(e)->getArg(0);
    else return nullptr;
  }
  return nullptr;
}

std::vector<const ParmVarDecl*> parameters_carried(const spawn_site& s, const FunctionDecl& f) {
  std::vector<const ParmVarDecl*> found;
  auto add = [&](const Expr* e) {
    if (const ParmVarDecl* p = parameter_in(e, f); p && !llvm::is_contained(found, p)) found.push_back(p);
  };
  auto add_closures = [&](const Expr* e) {
    for (const Expr* one : closures_in(e)) {
      add(one);
      if (const LambdaExpr* l = lambda_of(one)) each_copy(*l, [&](const VarDecl&, const Expr* init) { add(init); });
    }
  };
  add_closures(s.callable);
  for (const Expr* a : s.arguments) add_closures(a);
  return found;
}

bool is_local_of(const VarDecl* v, const FunctionDecl& f) {
  if (!v || !v->hasLocalStorage()) return false;
  const auto* owner = dyn_cast<FunctionDecl>(v->getDeclContext());
  return owner && owner->getCanonicalDecl() == f.getCanonicalDecl();
}

}  // namespace gosan::checks
