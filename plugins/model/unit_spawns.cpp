// What a start of a goroutine starts: its body, what its parameters are bound to, and by what the handle can be named.
#include "model/references.hpp"
#include "model/unit.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

const FunctionDecl* function_named(const Expr* e) {
  e = strip(e);
  if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_AddrOf) e = strip(u->getSubExpr());
  const auto* r = dyn_cast<DeclRefExpr>(e);
  return r ? dyn_cast<FunctionDecl>(r->getDecl()) : nullptr;
}

const FunctionDecl* call_operator(QualType t) {
  const CXXRecordDecl* c = t.getNonReferenceType()->getAsCXXRecordDecl();
  if (!c || !c->hasDefinition()) return nullptr;
  const FunctionDecl* found = nullptr;
  for (const CXXMethodDecl* m : c->methods())
    if (m->getOverloadedOperator() == OO_Call) found = found ? nullptr : m;
  return found;
}

bool is_callable(const Expr* e) {
  if (lambda_of(e) || function_named(e)) return true;
  QualType t = strip(e)->getType();
  if (t->isFunctionPointerType() || t->isMemberFunctionPointerType()) return true;
  const CXXRecordDecl* c = t.getNonReferenceType()->getAsCXXRecordDecl();
  if (!c || !c->hasDefinition()) return false;
  return llvm::any_of(c->methods(), [](const CXXMethodDecl* m) { return m->getOverloadedOperator() == OO_Call; });
}

// A generic lambda's only instantiation.
const FunctionDecl* body_of(const LambdaExpr* l) {
  const FunctionTemplateDecl* t = l->getDependentCallOperator();
  if (!t) return l->getCallOperator();
  const FunctionDecl* only = nullptr;
  for (const FunctionDecl* f : t->specializations()) only = only ? nullptr : f;
  return only;
}

const CallExpr* as_bind(const Expr* e) {
  const auto* c = dyn_cast<CallExpr>(strip(e));
  const FunctionDecl* f = c ? c->getDirectCallee() : nullptr;
  if (!f || !f->getIdentifier() || !f->isInStdNamespace() || !c->getNumArgs()) return nullptr;
  return f->getName() == "bind" || f->getName() == "bind_front" ? c : nullptr;
}

const CallExpr* as_coroutine(const Expr* e) {
  const auto* c = dyn_cast<CallExpr>(strip(e));
  for (const CXXConstructExpr* k = dyn_cast<CXXConstructExpr>(strip(e)); k && k->getNumArgs() == 1; k = dyn_cast<CXXConstructExpr>(strip(k->getArg(0))))
    c = dyn_cast<CallExpr>(strip(k->getArg(0)));
  if (const auto* moved = c && c->isCallToStdMove() ? dyn_cast<DeclRefExpr>(strip(c->getArg(0))) : nullptr)
    if (const auto* v = dyn_cast<VarDecl>(moved->getDecl()); v && v->getInit()) c = dyn_cast<CallExpr>(strip(v->getInit()));
  const FunctionDecl* f = c ? c->getDirectCallee() : nullptr;
  const FunctionDecl* definition = f ? f->getDefinition() : nullptr;
  return definition && isa_and_nonnull<CoroutineBodyStmt>(definition->getBody()) ? c : nullptr;
}

void bind_parameters(spawn_site& s, llvm::ArrayRef<const Expr*> arguments, const resolver& places) {
  for (unsigned n = 0; n != s.body->getNumParams() && n != arguments.size(); ++n)
    s.bound.of[s.body->getParamDecl(n)->getCanonicalDecl()] = places.resolve(arguments[n]);
}

void run_coroutine(spawn_site& s, const CallExpr& c, const resolver& places) {
  llvm::ArrayRef<const Expr*> arguments(c.getArgs(), c.getNumArgs());
  s.coroutine = &c;
  s.body = c.getDirectCallee()->getDefinition();
  if (const auto* m = dyn_cast<CXXMemberCallExpr>(&c)) {
    s.bound.this_place = places.resolve(m->getImplicitObjectArgument());
  } else if (isa<CXXOperatorCallExpr>(c) && isa<CXXMethodDecl>(s.body)) {
    s.callable = arguments.front();
    s.lambda = lambda_of(s.callable);
    s.bound.same_this = s.lambda != nullptr;
    arguments = arguments.drop_front();
  }
  s.arguments.assign(arguments.begin(), arguments.end());
  bind_parameters(s, arguments, places);
}

}  // namespace

place unit::handle_of(const Expr* start) const {
  if (const VarDecl* v = initialised_by(start)) return place(v->getCanonicalDecl());
  const Expr* where = kept_in_.lookup(start);
  if (const auto* m = dyn_cast<CXXMemberCallExpr>(start); m && roles_.of_elements(m->getImplicitObjectArgument()->getType()).what == role::spawn)
    where = m->getImplicitObjectArgument();
  if (!where) return {};
  place p = resolver_.resolve(where);
  return roles_.of_type(where->getType()).what == role::spawn ? p : p.with(nullptr);
}

spawn_site unit::spawn_at(const Expr* e, role_entry r) {
  spawn_site s;
  s.expr = e;
  s.entry = r;
  llvm::SmallVector<const Expr*, 6> arguments;
  if (const auto* c = dyn_cast<CallExpr>(e)) {
    arguments.assign(c->arg_begin(), c->arg_end());
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(c)) s.group = resolver_.resolve(m->getImplicitObjectArgument());
  } else if (const auto* k = dyn_cast<CXXConstructExpr>(e)) {
    arguments.assign(k->getArgs(), k->getArgs() + k->getNumArgs());
  }
  s.handle = handle_of(e);
  s.detached = detached_.count(e) != 0;
  const auto* first = llvm::find_if(std::as_const(arguments), [](const Expr* a) { return is_callable(a) || as_bind(a); });
  if (first == arguments.end()) {
    for (const Expr* a : arguments)
      if (const CallExpr* c = as_coroutine(a)) run_coroutine(s, *c, resolver_);
    return s;
  }
  if (const CallExpr* c = as_coroutine(*first)) {  // of a task type that can be called
    run_coroutine(s, *c, resolver_);
    return s;
  }
  s.callable = *first;
  llvm::SmallVector<const Expr*, 6> rest(llvm::make_range(first + 1, std::as_const(arguments).end()));
  if (const CallExpr* bound = as_bind(*first)) {
    s.callable = bound->getArg(0);
    rest.assign(bound->arg_begin() + 1, bound->arg_end());
  }
  s.arguments.assign(rest.begin(), rest.end());
  s.lambda = lambda_of(s.callable);
  s.bound.same_this = s.lambda != nullptr;
  s.body = s.lambda ? body_of(s.lambda) : function_named(s.callable);
  if (!s.body) {
    s.body = call_operator(strip(s.callable)->getType());
    s.bound.this_place = resolver_.resolve(s.callable);
    for (const field_source& f : fields_of_functor(s.callable))
      if (place p = resolver_.resolve(f.source)) s.bound.of[f.field->getCanonicalDecl()] = p;
  }
  if (!s.body) return s;
  if (const FunctionDecl* definition = s.body->getDefinition()) s.body = definition;
  if (const auto* method = dyn_cast<CXXMethodDecl>(s.body); method && function_named(s.callable) && !method->isStatic() &&
                                                            !rest.empty()) {
    s.bound.this_place = resolver_.resolve(rest.front());
    rest.erase(rest.begin());
  }
  bind_parameters(s, rest, resolver_);
  return s;
}

}  // namespace gosan::checks
