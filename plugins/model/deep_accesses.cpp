#include "model/deep_accesses.hpp"

#include "model/left_behind.hpp"
#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

const FunctionDecl* outermost(const FunctionDecl* f, const unit& u) {
  for (const FunctionDecl* around = u.written_in(f); around; around = u.written_in(f)) f = around;
  return f;
}

bool is_method_with_object(const FunctionDecl* f) {
  const auto* m = dyn_cast<CXXMethodDecl>(f);
  return m && !m->isStatic() && !m->getParent()->isLambda();
}

// What the callee has for itself, its caller does not see; nor an object while it is made, or at its end.
bool stays_within(const deep_access& a, const FunctionDecl& callee, const FunctionDecl& caller, const unit& u) {
  const access_path& p = a.what.path;
  if (const VarDecl* v = p.where.variable()) {
    if (!v->hasLocalStorage() || v->getDeclContext() != &callee) return false;
    if (!isa<ParmVarDecl>(v)) return true;
    bool led_on = is_pointer_like(v->getType()) && (p.through || !p.where.path.empty());
    return !v->getType()->isReferenceType() && !led_on && !a.what.calls;
  }
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(callee)) return true;
  // A closure's `this` is that of the method it is written in, which may be another object's.
  const FunctionDecl *of_closure = outermost(&callee, u), *of_caller = outermost(&caller, u);
  bool closure = isa<CXXMethodDecl>(callee) && cast<CXXMethodDecl>(callee).getParent()->isLambda();
  return closure && of_closure != of_caller && is_method_with_object(of_caller);
}

bool is_own_parameter(const place& p, const FunctionDecl& f) {
  const VarDecl* v = p.variable();
  return v && p.path.empty() && isa<ParmVarDecl>(v) && v->getDeclContext() == &f;
}

// The parameter that is handed on as a callable.
const ParmVarDecl* parameter_named(const Expr* e) {
  e = e ? strip_copies(e) : nullptr;
  if (const auto* c = dyn_cast_or_null<CallExpr>(e); c && c->getNumArgs() == 1 && c->getDirectCallee() && c->getDirectCallee()->isInStdNamespace()) e = strip_copies(c->getArg(0));
  const auto* r = dyn_cast_or_null<DeclRefExpr>(e);
  const auto* p = r ? dyn_cast<ParmVarDecl>(r->getDecl()) : nullptr;
  return p && keeps_any_callable(p->getType()) ? cast<ParmVarDecl>(p->getCanonicalDecl()) : nullptr;
}

bool is_reference_handed(const Expr* e) {
  e = strip(e);
  const CXXRecordDecl* c = e->getType().getNonReferenceType()->getAsCXXRecordDecl();
  return c && c->isInStdNamespace() && c->getIdentifier() && c->getName() == "reference_wrapper";
}

void add_translated(deep_access a, const binding& b, const path_finder& paths, std::vector<deep_access>& out) {
  a.what.path.where = b.translate(a.what.path.where);
  if (!a.what.calls) a.what.path = paths.checked(a.what.path);
  if (a.what.path) out.push_back(std::move(a));
}

}  // namespace

const FunctionDecl* body_run_by(const Expr* callable) {
  if (!callable) return nullptr;
  if (const LambdaExpr* l = lambda_of(callable)) return l->isGenericLambda() ? nullptr : l->getCallOperator();
  const Expr* e = strip_copies(callable);
  if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_AddrOf) e = strip(u->getSubExpr());
  const auto* r = dyn_cast<DeclRefExpr>(e);
  const auto* f = r ? dyn_cast<FunctionDecl>(r->getDecl()) : nullptr;
  return f && !isa<CXXMethodDecl>(f) ? f->getDefinition() : nullptr;
}

binding bound_at_start(const spawn_site& s) {
  binding b = s.bound;
  if (!s.body || s.coroutine) return b;
  const auto* m = dyn_cast<CXXMethodDecl>(s.body);
  bool functor = m && m->getOverloadedOperator() == OO_Call && !s.lambda;
  bool method = m && !functor && !s.lambda && !m->isStatic();
  if (functor) b.this_place = {};
  if (method && !s.arguments.empty() && !is_pointer_like(s.arguments.front()->getType())) b.this_place = {};
  unsigned first = method ? 1 : 0;
  for (unsigned n = 0; n != s.body->getNumParams(); ++n) {
    const ParmVarDecl* p = s.body->getParamDecl(n);
    bool refers = n + first < s.arguments.size() && is_reference_handed(s.arguments[n + first]);
    if (p->getType()->isReferenceType() && !refers) b.of[p->getCanonicalDecl()] = {};
  }
  return b;
}

const accesses_of_body& deep_accesses::of(const FunctionDecl* f) {
  return known_.of(f, [this](const FunctionDecl* definition) {
    bool followed = unit_.is_users(definition) && !isa_and_nonnull<CoroutineBodyStmt>(definition->getBody());
    const flow* fl = followed ? unit_.flow_of(definition) : nullptr;
    return fl ? compute(*fl) : accesses_of_body{};
  });
}

accesses_of_body deep_accesses::compute(const flow& f) {
  standing_problem problem(f, unit_, *this);
  solved_standing solved(f, problem);
  accesses_of_body out;
  if (!solved.complete()) return out;
  out.all = gathered(f, solved, [](standing&) {});
  bool any = false;
  standing after;
  solved.each_exit([&](const standing& s, const CFGBlock&) {
    if (any) problem.join(after, s);
    else after = s;
    any = true;
  });
  out.after = std::move(after);
  return out;
}

std::vector<deep_access> deep_accesses::gathered(const flow& f, const solved_standing& solved, change changed) {
  sink out;
  const path_finder paths(f.function(), unit_);
  solved.each_point(
      [&](const step& st, const standing& s) {
        standing here = s;
        changed(here);
        add_step(st, here, f, out);
      },
      [&](const Stmt* at, const standing& s) {
        paths.each_access(at, [&](const direct_access& a) {
          if (out.size() == most) return;
          deep_access d{.what = a, .at = at, .stands = s, .conditional = f.is_conditional(at)};
          changed(d.stands);
          out.push_back(std::move(d));
        });
      });
  return out;
}

void deep_accesses::add_step(const step& st, const standing& s, const flow& f, sink& out) {
  if (st.kind == step_kind::call && !is_handed_closure(st, unit_)) add_call(st, s, f, out);
  if (st.kind != step_kind::spawn) return;
  for (deep_access& a : of_goroutine(*st.spawned, bound_at_start(*st.spawned), f.function())) {
    if (out.size() == most) return;
    standing before = s;
    before.held.clear();
    before.then(a.stands);
    a.stands = std::move(before);
    a.at = st.origin;
    a.way.insert(a.way.begin(), {st.at, st.spawned->body, true});
    a.in_own_goroutine = true;
    out.push_back(std::move(a));
  }
}

standing deep_accesses::entered(const standing& inner, const step& call, const FunctionDecl& caller) {
  standing out = inner.translated(*call.entry);
  out.awaited.clear();
  for (const place& p : inner.awaited) {
    if (!is_own_parameter(p, *call.callee) || !keeps_any_callable(type_at(p))) {
      out.awaited.insert(call.entry->translate(p));
      continue;
    }
    const Expr* handed = argument_of(call, cast<ParmVarDecl>(p.variable()));
    const FunctionDecl* body = body_run_by(handed);
    const ParmVarDecl* own = parameter_named(handed);
    if (own) out.awaited.insert(place(own));
    else if (body && body->getCanonicalDecl() != caller.getCanonicalDecl()) out.awaited.insert(of(body).after.awaited.begin(), of(body).after.awaited.end());
    else out.awaited.insert(place());
  }
  return out;
}

// What a callable accesses that is run there.
void deep_accesses::add_run(const deep_access& run, const Expr* callable, const FunctionDecl& in, sink& out) {
  if (const ParmVarDecl* own = parameter_named(callable)) {
    deep_access handed_on = run;
    handed_on.what.path = {place(own)};
    out.push_back(std::move(handed_on));
    return;
  }
  const FunctionDecl* body = body_run_by(callable);
  if (!body) return;
  for (const deep_access& inner : of(body).all) {
    if (out.size() == most || inner.way.size() + run.way.size() >= deepest || inner.what.calls) continue;
    if (stays_within(inner, *body, in, unit_)) continue;
    deep_access a = inner;
    a.at = run.at;
    a.way = run.way;
    a.way.push_back({run.what.use->getExprLoc(), body});
    a.way.append(inner.way.begin(), inner.way.end());
    a.stands = run.stands;
    a.stands.then(inner.stands);
    a.in_own_goroutine |= run.in_own_goroutine;
    out.push_back(std::move(a));
  }
}

void deep_accesses::add_call(const step& st, const standing& s, const flow& f, sink& out) {
  if (is_uncertain(st)) return;
  const path_finder paths(f.function(), unit_);
  standing kept = s;
  for (const effect& e : unit_.summary_of(st.callee).effects)
    if (e.what == role::unlock) kept.held.erase(st.entry->translate(e.where));
  for (const deep_access& inner : of(st.callee).all) {
    if (out.size() == most) return;
    if (inner.way.size() >= deepest || stays_within(inner, *st.callee, f.function(), unit_)) continue;
    deep_access a = inner;
    a.at = st.origin;
    a.way.insert(a.way.begin(), {st.at, st.callee});
    a.stands = kept;
    if (inner.in_own_goroutine) a.stands.held.clear();
    a.stands.then(entered(inner.stands, st, f.function()));
    if (inner.what.calls && is_own_parameter(inner.what.path.where, *st.callee)) {
      add_run(a, argument_of(st, cast<ParmVarDecl>(inner.what.path.where.variable())), f.function(), out);
      continue;
    }
    add_translated(std::move(a), *st.entry, paths, out);
  }
}

std::vector<deep_access> deep_accesses::of_goroutine(const spawn_site& s, const binding& b, const FunctionDecl& in, const step* call) {
  sink out;
  const path_finder paths(in, unit_);
  if (const ParmVarDecl* p = parameter_named(s.callable)) {
    deep_access run{.what = {.path = {place(p)}, .calls = true, .use = s.expr}};
    if (call && is_own_parameter(place(p), *call->callee)) add_run(run, argument_of(*call, p), in, out);
    else out.push_back(std::move(run));
    return out;
  }
  if (!s.body) return out;
  for (const deep_access& inner : of(s.body).all) {
    if (out.size() == most || inner.way.size() >= deepest || stays_within(inner, *s.body, in, unit_)) continue;
    deep_access a = inner;
    a.stands = inner.stands.translated(b);
    if (inner.what.calls && call && is_own_parameter(inner.what.path.where, *call->callee)) {
      add_run(a, argument_of(*call, cast<ParmVarDecl>(inner.what.path.where.variable())), in, out);
      continue;
    }
    add_translated(std::move(a), b, paths, out);
  }
  return out;
}

}  // namespace gosan::checks
