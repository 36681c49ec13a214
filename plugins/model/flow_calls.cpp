#include "model/flow_builder.hpp"

#include "model/selects.hpp"
#include "model/thread_locals.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

const Expr* object_of(const CallExpr* c) {
  if (const auto* m = dyn_cast<CXXMemberCallExpr>(c)) return m->getImplicitObjectArgument();
  return c->getNumArgs() ? c->getArg(0) : nullptr;
}

// The size of a library's container, or room for more.
bool is_about_size(const CallExpr* c) {
  const auto* m = dyn_cast<CXXMemberCallExpr>(c);
  const CXXMethodDecl* f = m ? m->getMethodDecl() : nullptr;
  if (!f || !f->getIdentifier() || !f->getParent()->isInStdNamespace()) return false;
  return f->getName() == "size" || f->getName() == "empty" || f->getName() == "reserve";
}

// An iterator's step, or a comparison, of a library's: nobody gets anything by it.
bool is_step_or_comparison(const CallExpr* c, const unit& u) {
  const auto* o = dyn_cast<CXXOperatorCallExpr>(c);
  if (!o || !o->getDirectCallee() || u.in_users_code(o->getDirectCallee()->getLocation())) return false;
  switch (o->getOperator()) {
    case OO_PlusPlus:
    case OO_MinusMinus:
    case OO_EqualEqual:
    case OO_ExclaimEqual:
    case OO_Less:
    case OO_Greater:
      return true;
    case OO_Star:
      return o->getNumArgs() == 1;
    default:
      return false;
  }
}

// The way to what a smart pointer or a reference_wrapper leads to is no call that does something with it.
bool leads_on(const CallExpr* c, const resolver& places) {
  const FunctionDecl* f = c->getDirectCallee();
  if (!f) return false;
  if (const auto* o = dyn_cast<CXXOperatorCallExpr>(c))
    return (o->getOperator() == OO_Arrow || o->getOperator() == OO_Star) && places.is_alias_type(strip(o->getArg(0))->getType());
  const auto* m = dyn_cast<CXXMemberCallExpr>(c);
  return m && f->getIdentifier() && f->getName() == "get" && places.is_alias_type(strip(m->getImplicitObjectArgument())->getType());
}

}  // namespace

void flow_builder::statement(const Stmt* s, steps& out) {
  if (isa<ReturnStmt>(s)) {
    out.push_back({.kind = step_kind::returns, .origin = s, .at = s->getBeginLoc()});
  } else if (isa<CXXThrowExpr>(s)) {
    unwind(s, out);
    out.push_back({.kind = step_kind::throws, .origin = s, .at = s->getBeginLoc()});
  } else if (const auto* c = dyn_cast<CallExpr>(s)) {
    call(c, out);
  } else if (const auto* c = dyn_cast<CXXConstructExpr>(s)) {
    construct(c, out);
  } else if (const auto* a = dyn_cast<AtomicExpr>(s)) {
    op(unit_.roles().of(*a), a, unit_.places().resolve(a->getPtr()), out);
  } else {
    add_thread_local_uses(s, out);
    add_shared_use(s, shared_, unit_, out);
    if (shares_this_ && isa<CXXThisExpr>(s)) out.push_back({.kind = step_kind::access, .origin = s, .at = s->getBeginLoc(), .how = access::use});
  }
}

place flow_builder::lock_behind(const Expr* guard) {
  const auto* r = dyn_cast_or_null<DeclRefExpr>(guard ? strip(guard) : nullptr);
  const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
  const auto* init = v && v->getInit() ? dyn_cast<CXXConstructExpr>(strip(v->getInit())) : nullptr;
  return init && init->getNumArgs() ? unit_.places().resolve(init->getArg(0)) : place{};
}

void flow_builder::op(role_entry r, const Expr* e, place where, steps& out, bool certain) {
  step st{.kind = step_kind::op, .what = r.what, .properties = r.properties, .certain = certain,
          .where = std::move(where), .origin = e};
  st.at = e->getExprLoc();
  out.push_back(std::move(st));
}

void flow_builder::call(const CallExpr* c, steps& out) {
  role_entry r = unit_.roles().of(*c);
  switch (r.what) {
    case role::none: plain_call(c, out); return;
    case role::spawn: spawn(c, r, out); return;
    case role::select: select(c, r, out); return;
    case role::recv_case:
    case role::send_case:
    case role::default_case: return;  // part of its select
    case role::call_now: call_now(c, r, out); return;
    default: break;
  }
  const Expr* object = object_of(c);
  place where = r.has(props::through_guard) ? lock_behind(object) : unit_.places().resolve(object);
  if (r.has(props::releases) && c->getNumArgs()) {
    step st{.kind = step_kind::op, .what = r.what, .properties = r.properties, .where = where, .origin = c};
    st.at = c->getExprLoc();
    bool is_lock = unit_.roles().of_type(c->getArg(0)->getType()).what == role::mutex;
    st.handed.push_back(is_lock ? unit_.places().resolve(c->getArg(0)) : lock_behind(c->getArg(0)));
    out.push_back(std::move(st));
    return;
  }
  op(r, c, where, out);
}

void flow_builder::call_now(const CallExpr* c, role_entry r, steps& out) {
  place object = unit_.places().resolve(object_of(c));
  op(r, c, object, out);
  for (const Expr* a : c->arguments()) {
    const LambdaExpr* l = lambda_of(a);
    if (!l) continue;
    enter(c, l->getCallOperator(), of_lambda(), out, !r.has(props::maybe));
    if (r.has(props::maybe)) out.back().once = object;
  }
}

// A select: each case is an operation that may be the one taken. With one case, or with a loop around that asks until all
// have come, it is the wait for it; a way out by time, by a context or by default makes it a maybe.
void flow_builder::select(const CallExpr* c, role_entry r, steps& out) {
  bool has_way_out = false, has_default = false;
  std::vector<std::pair<role_entry, const CallExpr*>> cases;
  for (const Expr* a : c->arguments()) {
    const auto* one = dyn_cast<CallExpr>(strip(a));
    role_entry e = one ? unit_.roles().of(*one) : role_entry{};
    if (e.what == role::none) has_way_out = true;
    if (e.what == role::default_case) has_way_out = has_default = true;
    if (one && one->getNumArgs() && is_way_out(one->getArg(0))) has_way_out = true;
    if (one) cases.push_back({e, one});
  }
  if (has_default) r.properties &= ~props::parks;
  op(r, c, {}, out);
  unsigned properties = r.properties | (c->getNumArgs() > 1 ? props::one_of_many : props::none);
  for (auto& [e, one] : cases) {
    if (e.what == role::recv_case)
      op({role::recv, properties}, one, unit_.places().resolve(one->getArg(0)), out, !has_way_out);
    if (e.what == role::send_case)
      op({role::send, properties}, one, unit_.places().resolve(one->getArg(0)), out, !has_way_out && cases.size() == 1);
    for (const Expr* a : one->arguments())
      if (const LambdaExpr* l = lambda_of(a)) enter(c, l->getCallOperator(), of_lambda(), out, false);
  }
}

bool flow_builder::is_way_out(const Expr* channel) {
  const auto* c = dyn_cast<CallExpr>(strip(channel));
  if (const auto* r = dyn_cast<DeclRefExpr>(strip(channel)))
    if (const auto* v = dyn_cast<VarDecl>(r->getDecl()); v && v->getInit()) c = dyn_cast<CallExpr>(strip(v->getInit()));
  if (!c) return false;
  role what = unit_.roles().of(*c).what;
  return what == role::after || what == role::context_done || what == role::tick_channel;
}

void flow_builder::spawn(const Expr* e, role_entry r, steps& out) {
  auto site = std::make_shared<spawn_site>(unit_.spawn_at(e, r));
  site->in_loop = flow_.loop_around(e) != nullptr;
  step st{.kind = step_kind::spawn, .what = r.what, .properties = r.properties, .origin = e, .spawned = site};
  st.at = e->getExprLoc();
  out.push_back(std::move(st));
}

void flow_builder::enter(const Expr* at, const FunctionDecl* callee, binding b, steps& out, bool certain) {
  step st{.kind = step_kind::call, .certain = certain, .origin = at};
  st.at = at->getExprLoc();
  st.callee = callee;
  st.entry = std::make_shared<binding>(std::move(b));
  out.push_back(std::move(st));
}

binding of_lambda() {
  binding b;
  b.same_this = true;
  return b;
}

binding flow_builder::bind(const FunctionDecl* f, llvm::ArrayRef<const Expr*> arguments, place object) {
  binding b;
  b.this_place = std::move(object);
  for (unsigned n = 0; n != f->getNumParams() && n != arguments.size(); ++n)
    b.of[f->getParamDecl(n)->getCanonicalDecl()] = unit_.places().resolve(arguments[n]);
  return b;
}

void flow_builder::plain_call(const CallExpr* c, steps& out) {
  if (unit_.only_keeps(c)) return;
  const FunctionDecl* f = c->getDirectCallee();
  llvm::SmallVector<const Expr*, 4> arguments(c->arg_begin(), c->arg_end());
  place object;
  if (const auto* m = dyn_cast<CXXMemberCallExpr>(c)) {
    object = unit_.places().resolve(m->getImplicitObjectArgument());
  } else if (isa<CXXOperatorCallExpr>(c) && f && isa<CXXMethodDecl>(f) && !arguments.empty()) {
    object = unit_.places().resolve(arguments.front());
    arguments.erase(arguments.begin());
  }
  const FunctionDecl* definition = f ? f->getDefinition() : nullptr;
  bool at_once = unit_.runs_at_once(c);
  if (!at_once && unit_.is_run_by_goroutine(c)) return;
  if (!at_once) unknown_call(c, object, arguments, out);  // whoever has it may run it, at some time
  if (definition && unit_.is_users(definition)) {
    const auto* method = dyn_cast<CXXMethodDecl>(definition);
    binding b = bind(definition, arguments, object);
    // In a function that is no method `this` comes with closures only, and is their makers'.
    b.same_this = !method || method->isStatic() || method->getParent()->isLambda();
    enter(c, definition, std::move(b), out, at_once && !(method && method->isVirtual()));
  } else {
    unknown_call(c, object, arguments, out);
  }
  for (const Expr* a : arguments)
    if (const LambdaExpr* l = lambda_of(a)) enter(c, l->getCallOperator(), of_lambda(), out, false);
}

void flow_builder::unknown_call(const CallExpr* c, const place& object, llvm::ArrayRef<const Expr*> arguments, steps& out) {
  if (leads_on(c, unit_.places()) || is_step_or_comparison(c, unit_) || is_about_size(c)) return;
  step st{.kind = step_kind::unknown, .origin = c};
  st.at = c->getExprLoc();
  st.callee = c->getDirectCallee();
  if (object) st.handed.push_back(object);
  for (const Expr* a : arguments)
    if (place p = unit_.places().resolve(a)) st.handed.push_back(p);
  out.push_back(std::move(st));
}

void flow_builder::construct(const CXXConstructExpr* c, steps& out) {
  role_entry r = unit_.roles().of(*c);
  if (r.what == role::spawn && c->getNumArgs()) {
    spawn(c, r, out);
  } else if (r.what == role::lock_guard) {
    lock_by_guard(c, r, out);
  } else if (r.what == role::none && !c->getConstructor()->isCopyOrMoveConstructor() && c->getNumArgs()) {
    construct_plain(c, out);
  } else if (unit_.roles().of_elements(c->getType()).what == role::spawn && c->getNumArgs()) {
    step moved{.kind = step_kind::unknown, .origin = c, .at = c->getExprLoc(), .callee = c->getConstructor()};
    moved.handed.push_back(unit_.places().resolve(c->getArg(0)));  // whoever has the handles now may wait
    out.push_back(std::move(moved));
  }
}

void flow_builder::construct_plain(const CXXConstructExpr* c, steps& out) {
  const FunctionDecl* definition = c->getConstructor()->getDefinition();
  llvm::SmallVector<const Expr*, 4> arguments(c->getArgs(), c->getArgs() + c->getNumArgs());
  const VarDecl* v = unit_.initialised_by(c);
  place object = v ? place(v->getCanonicalDecl()) : place{};
  if (definition && unit_.is_users(definition)) {
    binding b = bind(definition, arguments, object);
    if (v) bind_fields(v, c->getConstructor()->getParent(), b);
    enter(c, definition, std::move(b), out);
    return;
  }
  step st{.kind = step_kind::unknown, .origin = c};
  st.at = c->getExprLoc();
  st.callee = c->getConstructor();
  for (const Expr* a : arguments)
    if (place p = unit_.places().resolve(a)) st.handed.push_back(p);
  if (!st.handed.empty()) out.push_back(std::move(st));
}

}  // namespace gosan::checks
