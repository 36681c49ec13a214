#include "model/standing.hpp"

#include "model/contexts.hpp"
#include "model/deep_accesses.hpp"
#include "model/joins.hpp"
#include "model/unseen.hpp"
#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr std::size_t most = 12;  // places waited for by one body; of more it is not known which

void insert(std::set<place>& to, const place& p) {
  if (to.size() < most) to.insert(p);
  else to.insert(place());
}

void insert_all(std::set<place>& to, const std::set<place>& from) {
  for (const place& p : from) insert(to, p);
}

std::set<place> translated_all(const std::set<place>& from, const binding& b) {
  std::set<place> to;
  for (const place& p : from) to.insert(b.translate(p));
  return to;
}

const CXXRecordDecl* class_called(const step& unknown) {
  const auto* m = dyn_cast_or_null<CXXMethodDecl>(unknown.callee);
  return m ? m->getParent() : nullptr;
}

bool is_of_gosan(const FunctionDecl* f, const unit& u) {
  return f && !u.in_users_code(f->getLocation()) && plain_name(*f).starts_with("gosan::");
}

// What a class of the standard library is asked that others may answer.
bool orders_others(const CXXRecordDecl& c) {
  static constexpr llvm::StringLiteral names[] = {"future", "shared_future", "promise", "packaged_task", "latch", "barrier", "counting_semaphore",
                                                  "condition_variable", "condition_variable_any", "thread", "jthread", "stop_token", "stop_source",
                                                  "mutex", "shared_mutex", "recursive_mutex", "timed_mutex", "weak_ptr"};
  return c.getIdentifier() && llvm::is_contained(names, c.getName());
}

bool takes_locks(const step& unknown) {
  const FunctionDecl* f = unknown.callee;
  return f && f->isInStdNamespace() && f->getIdentifier() && !isa<CXXMethodDecl>(f) && f->getName() == "lock";
}

// err(), but not done(): a receive from that comes by itself.
bool looks_at_context(const step& st) {
  const auto* c = dyn_cast_or_null<CallExpr>(st.origin);
  const FunctionDecl* f = st.what == role::context_done && c ? c->getDirectCallee() : nullptr;
  return f && f->getIdentifier() && f->getName() != "done";
}

// Values that only one call has: parameters, variables, copies.
bool names_own_value(const Stmt* s, const FunctionDecl& in) {
  if (!s || isa<LambdaExpr>(s)) return false;
  if (const auto* r = dyn_cast<DeclRefExpr>(s))
    if (const auto* v = dyn_cast<VarDecl>(r->getDecl()); v && v->hasLocalStorage()) {
      bool of_body = v->getDeclContext() == &in && (isa<ParmVarDecl>(v) || !v->getType()->isReferenceType());
      if (of_body || (r->refersToEnclosingVariableOrCapture() && !v->getType()->isReferenceType() && !is_pointer_like(v->getType()))) return true;
    }
  return llvm::any_of(s->children(), [&](const Stmt* c) { return names_own_value(c, in); });
}

// `i == 0`, `!i`, a switch: one of many. That more than one is less than a half is no choice.
bool picks_one(const Expr* e) {
  e = e->IgnoreParenImpCasts();
  if (const auto* o = dyn_cast<BinaryOperator>(e)) {
    if (o->isLogicalOp()) return picks_one(o->getLHS()) || picks_one(o->getRHS());
    return !o->isRelationalOp();
  }
  return true;
}

}  // namespace

bool is_of_timer(const step& st, const unit& u) {
  const auto* one = dyn_cast_or_null<CallExpr>(st.origin);
  const Expr* from = one && one->getNumArgs() ? strip(one->getArg(0)) : nullptr;
  if (const auto* m = dyn_cast_or_null<CXXMemberCallExpr>(one); m && st.what == role::recv && u.roles().of(*one).what == role::recv) from = strip(m->getImplicitObjectArgument());
  const auto* c = dyn_cast_or_null<CallExpr>(from);
  if (const auto* k = dyn_cast_or_null<CXXConstructExpr>(from); k && k->getNumArgs() == 1) c = dyn_cast<CallExpr>(strip(k->getArg(0)));
  role what = c ? u.roles().of(*c).what : role::none;
  return what == role::after || what == role::tick_channel;
}

bool is_handed_closure(const step& st, const unit& u) {
  if (st.kind != step_kind::call || st.certain) return false;
  const auto* c = dyn_cast_or_null<CallExpr>(st.origin);
  const FunctionDecl* f = c ? c->getDirectCallee() : nullptr;
  const FunctionDecl* definition = f ? f->getDefinition() : nullptr;
  return definition && definition != st.callee && u.is_users(definition) && u.roles().of(*c).what == role::none;
}

bool is_known_way(const place& p, const role_map& roles) {
  if (!p) return false;
  place of = p;
  bool element = !of.path.empty() && !of.path.back();
  if (element) of.path.pop_back();
  QualType t = type_at(of);
  if (t.isNull()) return false;
  role what = (element ? roles.of_elements(t) : roles.of_type(t)).what;
  return what == role::channel || what == role::group || what == role::spawn;
}

bool is_uncertain(const step& st) {
  if (st.kind != step_kind::call || st.certain) return false;
  const auto* c = dyn_cast_or_null<CallExpr>(st.origin);
  const FunctionDecl* f = c ? c->getDirectCallee() : nullptr;
  return !f || f->getDefinition() == st.callee || !is_of_standard_library(*f) || (f->getIdentifier() && f->getName() == "call_once");
}

bool may_wait_unseen(const step& unknown, const unit& u) {
  const FunctionDecl* f = unknown.callee;
  if (is_of_gosan(f, u)) return false;
  if (f && is_of_standard_library(*f)) {
    const CXXRecordDecl* c = class_called(unknown);
    bool any_callable = f->getOverloadedOperator() == OO_Call || (f->getIdentifier() && (f->getName() == "invoke" || f->getName() == "visit" || f->getName() == "apply"));
    return any_callable || (c && orders_others(*c));
  }
  if (f && f->isExternC() && !u.in_users_code(f->getLocation())) return f->getBuiltinID() == 0;
  return true;
}

standing standing::unknown() {
  standing s;
  s.awaited.insert(place());
  s.asked = s.branched = s.decided = true;
  return s;
}

void standing::then(const standing& inner) {
  for (auto& one : inner.held) held.insert(one);
  insert_all(passed, inner.passed);
  insert_all(awaited, inner.awaited);
  insert_all(sent, inner.sent);
  decided |= inner.decided || (asked && inner.branched);
  asked |= inner.asked;
  branched |= inner.branched;
  chosen |= inner.chosen;
}

standing standing::translated(const binding& b) const {
  standing out = *this;
  out.held.clear();
  for (auto& [p, lock] : held)
    if (place to = b.translate(p)) out.held.insert({to, lock});
    else out.awaited.insert(place());  // a lock that nobody can name
  out.passed = translated_all(passed, b);
  out.awaited = translated_all(out.awaited, b);
  out.sent = translated_all(sent, b);
  return out;
}

standing_problem::standing_problem(const flow& f, unit& u, deep_accesses& all) : f(f), u(u), all(all), paths(f.function(), u) {
  for (const CFGBlock* b : f.cfg())
    for (unsigned n = 0; b && n != b->succ_size(); ++n)
      if (const auto* steps = f.edge_steps(*b, n))
        for (const step& st : *steps) {
          const auto* c = dyn_cast_or_null<CallExpr>(st.origin);
          role what = c ? u.roles().of(*c).what : role::none;
          if (what == role::recv_case || what == role::send_case) told_by_edges.insert(st.origin);
        }
}

void standing_problem::apply(state& s, const step& st) const {
  if (st.kind == step_kind::op) operation(s, st);
  else if (st.kind == step_kind::unknown) unknown_call(s, st);
  else if (st.kind == step_kind::call && !is_handed_closure(st, u)) call(s, st);
}

void standing_problem::operation(state& s, const step& st) const {
  lock_problem{u, true}.apply(s.held, st);
  bool told_later = st.has(props::one_of_many) && told_by_edges.count(st.origin);
  if (told_later || is_of_timer(st, u)) return;
  if (st.what == role::lock) {
    s.asked = true;
    if (st.where) insert(s.passed, st.where);
    else insert(s.awaited, place());
  } else if (is_waiting(st.what)) {
    if (st.has(props::query_only)) s.asked = true;
    else insert(s.awaited, is_known_way(st.where, u.roles()) ? st.where : place());
  } else if (st.what == role::try_recv || st.what == role::try_lock || (st.what == role::call_now && st.has(props::maybe)) ||
             (st.what == role::block && st.has(props::file))) {
    insert(s.awaited, place());
  } else if (st.what == role::send || st.what == role::try_send) {
    insert(s.sent, st.where);
  } else if (st.what == role::signal || st.what == role::query || looks_at_context(st)) {
    s.asked = true;
  }
}

void standing_problem::unknown_call(state& s, const step& st) const {
  if (takes_locks(st)) {
    s.asked = true;
    for (const place& p : st.handed) s.held.insert({p, {false, true, st.origin}}), insert(s.passed, p);
  } else if (const CXXRecordDecl* c = class_called(st); c && c->getIdentifier() && c->isInStdNamespace() && c->getName().contains("atomic")) {
    s.asked = true;
  } else if (may_wait_unseen(st, u)) {
    const auto* e = dyn_cast_or_null<CallExpr>(st.origin);
    access_path callable = e ? paths.callable_called(*e) : access_path{};
    insert(s.awaited, isa_and_nonnull<ParmVarDecl>(callable.where.root) && callable.where.path.empty() ? callable.where : place());
  }
}

void standing_problem::call(state& s, const step& st) const {
  lock_problem{u, true}.apply(s.held, st);
  if (is_uncertain(st) || returns_guard(*st.callee, u.roles())) insert(s.awaited, place());
  standing after = all.entered(all.of(st.callee).after, st, f.function());
  after.held.clear();
  after.chosen = false;
  s.then(after);
}

void standing_problem::branch(state& s, const CFGBlock& b) const {
  const Stmt* t = b.getTerminatorStmt();
  if (!t || b.succ_size() < 2 || isa<CXXTryStmt>(t)) return;
  s.branched = true;
  s.decided |= s.asked;
  if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(t)) return;
  const auto* e = dyn_cast_or_null<Expr>(b.getTerminatorCondition());
  s.chosen |= e && (isa<SwitchStmt>(t) || picks_one(e)) && names_own_value(e, f.function());
}

bool standing_problem::join(state& into, const state& from) const {
  std::size_t before = into.passed.size() + into.awaited.size() + into.sent.size();
  bool grew = lock_problem{u, true}.join(into.held, from.held);
  insert_all(into.passed, from.passed);
  insert_all(into.awaited, from.awaited);
  insert_all(into.sent, from.sent);
  auto raise = [&](bool standing::*bit) {
    grew |= from.*bit && !(into.*bit);
    into.*bit |= from.*bit;
  };
  for (bool standing::*bit : {&standing::asked, &standing::branched, &standing::decided, &standing::chosen}) raise(bit);
  return grew || into.passed.size() + into.awaited.size() + into.sent.size() != before;
}

}  // namespace gosan::checks
