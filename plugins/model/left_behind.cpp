#include "model/left_behind.hpp"

#include "model/contexts.hpp"
#include "model/joins.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// Whoever has got what the goroutine signals by may wait for it where this unit does not show: returned, or kept in an object.
bool can_be_waited_for_elsewhere(const spawn_site& s, const flow& f, unit& u, const VarDecl* returned) {
  if (s.entry.has(props::joinable) && !s.detached) return true;
  const Stmt* body = f.function().getBody();
  for (const effect& e : u.effects_of(s).effects) {
    const VarDecl* v = e.where.variable();
    bool of_own = is_signalling(e.what) && v && !isa<ParmVarDecl>(v) && is_local_of(v, f.function());
    if (of_own && (v == returned ? escapes_but_by_return(v, body, u) : escapes(v, body, u))) return true;
  }
  return false;
}

left_goroutine of_callee(const left_goroutine& inner, const step& call, const flow& f, const unit& u) {
  auto site = std::make_shared<spawn_site>(*inner.site);
  site->bound = entered_by(call, u).then(site->bound);
  left_goroutine g{.site = std::move(site)};
  for (const outer_reference& r : inner.refers)
    if (place p = call.entry->translate(r.where); p && (isa<CXXRecordDecl>(p.root) || isa<ParmVarDecl>(p.root))) g.refers.push_back({p, r.type});
  for (const ParmVarDecl* p : inner.carries)
    if (const ParmVarDecl* own = parameter_in(argument_of(call, p), f.function())) g.carries.push_back(own);
  return g;
}

QualType type_of(const place& p) {
  if (p.path.empty()) return p.variable() ? p.variable()->getType() : QualType();
  const auto* f = dyn_cast_or_null<ValueDecl>(p.path.back());
  return f ? f->getType() : QualType();
}

bool is_or_derives_from(QualType a, QualType b) {
  a = a.getNonReferenceType().getCanonicalType().getUnqualifiedType();
  b = b.getNonReferenceType().getCanonicalType().getUnqualifiedType();
  if (a == b) return true;
  const CXXRecordDecl *derived = a->getAsCXXRecordDecl(), *base = b->getAsCXXRecordDecl();
  return derived && base && derived->hasDefinition() && base->hasDefinition() && derived->isDerivedFrom(base);
}

}  // namespace

const std::vector<left_goroutine>& left_behind::of(const FunctionDecl* f) {
  return known_.of(f, [this](const FunctionDecl* definition) {
    const flow* fl = unit_.summary_of(definition).spawns.empty() ? nullptr : unit_.flow_of(definition);
    return fl ? compute(*fl) : std::vector<left_goroutine>{};
  });
}

std::vector<left_goroutine> left_behind::compute(const flow& f) {
  std::vector<left_goroutine> out;
  joins problem(f, unit_, this);
  solution<joins> solved(f, problem);
  if (problem.sites().empty() || !solved.complete()) return out;
  joins::state left;
  solved.each_exit([&](const joins::state& s, const CFGBlock&) { left |= s; });
  for (unsigned n = 0; n != problem.sites().size(); ++n) {
    if (!left[n]) continue;
    const spawn_site& s = *problem.sites()[n];
    left_goroutine g{.site = problem.sites()[n]};
    if (const step* call = problem.call_of(n)) {
      g = of_callee(*problem.left_of(n), *call, f, unit_);
    } else {
      if (can_be_waited_for_elsewhere(s, f, unit_, returned_ ? returned_by(&f.function()) : nullptr)) continue;
      g.refers = others_referred_to(s, f, unit_);
      g.carries = parameters_carried(s, f.function());
    }
    g.tokens = problem.tokens(n), g.held = problem.held(n), g.released = problem.released(n);
    out.push_back(std::move(g));
  }
  return out;
}

const VarDecl* local_of_caller(const outer_reference& r, const step& call, const flow& f, const unit& u) {
  place p = call.entry->translate(r.where);
  const VarDecl* v = p.variable();
  if (!is_local_of(v, f.function()) || v->getType()->isReferenceType() || u.places().is_alias_type(v->getType())) return nullptr;
  for (const Decl* d : p.path) {
    const auto* field = dyn_cast_or_null<FieldDecl>(d);
    if (!field || field->getType()->isReferenceType() || u.places().is_alias_type(field->getType())) return nullptr;
  }
  return is_or_derives_from(type_of(p), r.type) ? v : nullptr;
}

namespace {

class returned_finder : public RecursiveASTVisitor<returned_finder> {
 public:
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }
  bool VisitReturnStmt(ReturnStmt* s) {
    const Expr* e = s->getRetValue() ? strip_copies(s->getRetValue()) : nullptr;
    const auto* r = dyn_cast_or_null<DeclRefExpr>(e);
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    found.insert(v ? v->getCanonicalDecl() : nullptr);
    return true;
  }
  std::set<const VarDecl*> found;
};

}  // namespace

const VarDecl* returned_by(const FunctionDecl* f) {
  const FunctionDecl* definition = f ? f->getDefinition() : nullptr;
  if (!definition || !definition->hasBody() || definition->getReturnType()->isVoidType()) return nullptr;
  returned_finder returns;
  returns.TraverseStmt(definition->getBody());
  const VarDecl* v = returns.found.size() == 1 ? *returns.found.begin() : nullptr;
  return v && is_local_of(v, *definition) && !isa<ParmVarDecl>(v) ? v : nullptr;
}

binding entered_by(const step& call, const unit& u) {
  binding b = *call.entry;
  const auto* e = dyn_cast_or_null<Expr>(call.origin);
  const VarDecl *made = e ? u.initialised_by(e) : nullptr, *returned = made ? returned_by(call.callee) : nullptr;
  if (returned) b.of[returned] = place(made->getCanonicalDecl());
  return b;
}

const Expr* argument_of(const step& call, const ParmVarDecl* p) {
  unsigned n = p->getFunctionScopeIndex();
  if (const auto* o = dyn_cast<CXXOperatorCallExpr>(call.origin); o && isa<CXXMethodDecl>(call.callee)) ++n;
  if (const auto* c = dyn_cast<CallExpr>(call.origin)) return n < c->getNumArgs() ? c->getArg(n) : nullptr;
  const auto* k = dyn_cast<CXXConstructExpr>(call.origin);
  return k && n < k->getNumArgs() ? k->getArg(n) : nullptr;
}

}  // namespace gosan::checks
