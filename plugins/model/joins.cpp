#include "model/joins.hpp"

#include "model/contexts.hpp"
#include "model/unseen.hpp"

namespace gosan::checks {

using namespace clang;

bool is_waiting(role r) {
  return r == role::wait || r == role::recv || r == role::range || r == role::rendezvous;
}

bool is_signalling(role r) {
  switch (r) {
    case role::done:
    case role::send:
    case role::try_send:
    case role::close:
    case role::signal:
    case role::rendezvous:
    case role::cancel:
      return true;
    default:
      return false;
  }
}

namespace {

// Whether code that is not seen can wait for it without being handed it.
bool is_known_elsewhere(const place& p) {
  const VarDecl* v = p.variable();
  return v && v->hasGlobalStorage() && v->isExternallyVisible();
}

// The same object, or elements of the same container. Two places that nobody can name are no one object.
bool may_be_same(const place& a, const place& b) {
  if (!a || !b) return false;
  if (a == b) return true;
  if (a.root != b.root) return false;
  return a.is_element() || b.is_element();
}

}  // namespace

joins::joins(const flow& f, unit& u, left_behind* calls) : unit_(u), flow_(f) {
  f.each([&](const step& st) {
    if (st.kind == step_kind::spawn) add_site(st.spawned, nullptr, nullptr);
    if (st.kind != step_kind::call || !calls || !st.certain) return;
    for (const left_goroutine& g : calls->of(st.callee)) add_site(g.site, &st, &g);
  });
  tokens_.resize(sites_.size());
  held_.resize(sites_.size());
  released_.resize(sites_.size());
  awaited_.resize(sites_.size());
  for (std::size_t n = 0; n != sites_.size(); ++n)
    if (calls_[n].first) know_of_call(n);
    else know(n);
}

void joins::add_site(std::shared_ptr<const spawn_site> s, const step* call, const left_goroutine* left) {
  if (sites_.size() == most) {
    flow_.give_up(limit::goroutines);
    return;
  }
  if (call) started_by_[{call->origin, call->callee}].push_back(sites_.size());
  sites_.push_back(std::move(s));
  calls_.push_back({call, left});
}

void joins::know(std::size_t n) {
  if (sites_[n]->handle) tokens_[n].push_back(sites_[n]->handle);
  const summary does = unit_.effects_of(*sites_[n]);
  add_tokens(does, tokens_[n], 0);
  for (const effect& e : does.effects)
    if (is_waiting(e.what) && e.always && !(e.properties & props::query_only) && e.where) awaited_[n].push_back(e.where);
  add_tokens_of_closures(sites_[n]->callable, n);
  for (const Expr* a : sites_[n]->arguments) add_tokens_of_closures(a, n);
  hold_shared(n);
  add_released(n);
  if (sites_[n]->body) return;
  for (const Expr* a : sites_[n]->arguments)  // of an unknown body: it may signal by anything it is handed
    if (place p = unit_.places().resolve(a)) tokens_[n].push_back(p);
}

void joins::know_of_call(std::size_t n) {
  auto& [call, left] = calls_[n];
  const binding entry = entered_by(*call, unit_);
  auto add = [&](const std::vector<place>& from, std::vector<place>& to) {
    for (const place& p : from)
      if (place here = entry.translate(p)) to.push_back(std::move(here));
  };
  add(left->tokens, tokens_[n]);
  add(left->held, held_[n]);
  add(left->released, released_[n]);
  for (const ParmVarDecl* p : left->carries) add_tokens_of_closures(argument_of(*call, p), n);
}

// Closures that the goroutine's own holds, or was handed: it may run them by ways that are not seen, such as std::function.
void joins::add_tokens_of_closures(const Expr* callable, std::size_t n) {
  for (const Expr* e : closures_in(callable))
    if (const LambdaExpr* l = lambda_of(e)) add_tokens(unit_.summary_of(l->getCallOperator()), tokens_[n], 0);
}

namespace {

// What a pointer, a shared_ptr or a reference_wrapper leads to.
QualType led_to(QualType t) {
  t = t.getNonReferenceType();
  if (t->isPointerType()) return t->getPointeeType();
  const auto* c = dyn_cast_or_null<ClassTemplateSpecializationDecl>(t->getAsCXXRecordDecl());
  bool holder = c && c->isInStdNamespace() && (c->getName() == "shared_ptr" || c->getName() == "reference_wrapper");
  return holder ? c->getTemplateArgs()[0].getAsType() : QualType();
}

bool is_users_class(QualType t) {
  const CXXRecordDecl* c = t.isNull() ? nullptr : t.getNonReferenceType()->getAsCXXRecordDecl();
  return c && !c->isInStdNamespace();
}

}  // namespace

// A latch of the user's own, say, or a loop of events: what its methods do is not known to wait or to signal.
void joins::hold_shared(std::size_t site) {
  auto hold = [&](place p) {
    if (p) held_[site].push_back(std::move(p));
  };
  for (const Expr* a : sites_[site]->arguments)
    if (is_users_class(led_to(a->getType()))) hold(unit_.places().resolve(a));
  if (!sites_[site]->lambda) return;
  for (const LambdaCapture& c : sites_[site]->lambda->captures()) {
    const auto* v = c.capturesVariable() ? dyn_cast<VarDecl>(c.getCapturedVar()) : nullptr;
    if (v && is_users_class(c.getCaptureKind() == LCK_ByRef ? v->getType() : led_to(v->getType()))) hold(unit_.places().of_variable(v));
  }
}

void joins::add_released(std::size_t site) {
  const summary does = unit_.effects_of(*sites_[site]);
  auto locks = [&](const place& p) {
    return llvm::any_of(does.effects, [&](const effect& e) {
      return (e.what == role::lock || e.what == role::try_lock) && e.where == p;
    });
  };
  for (const effect& e : does.effects)
    if (e.what == role::unlock && e.where && !locks(e.where)) released_[site].push_back(e.where);
}

void joins::handed_on(state& s, const place& p) const {
  if (!p) return;
  auto same_object = [&](const place& o) { return o.root == p.root; };
  for (std::size_t n = 0; n != sites_.size(); ++n)
    if (s[n] && (llvm::any_of(held_[n], same_object) || llvm::any_of(tokens_[n], same_object))) s.reset(n);
}

void joins::add_tokens(const summary& effects, std::vector<place>& to, int depth) {
  for (const effect& e : effects.effects)
    if (is_signalling(e.what)) to.push_back(e.where);
  to.insert(to.end(), effects.escapes.begin(), effects.escapes.end());
  if (depth == 2) return;
  for (const auto& s : effects.spawns) add_tokens(unit_.effects_of(*s), to, depth + 1);
}

unsigned joins::index_of(const step& s) const {
  for (unsigned n = 0; n != sites_.size(); ++n)
    if (!calls_[n].first && sites_[n] == s.spawned) return n;
  return most;
}

void joins::waited(state& s, const place& p) const {
  for (std::size_t n = 0; n != sites_.size(); ++n) {
    if (!s[n] || llvm::none_of(tokens_[n], [&](const place& t) { return may_be_same(t, p); })) continue;
    s.reset(n);
    for (const place& inner : awaited_[n]) waited(s, inner);  // a goroutine that waits for others, then tells
  }
}

// `if (stopped_) return;` before an object waits for what is its own: whoever came before has waited.
bool joins::is_done_once(const effect& wait, const step& call) {
  const auto* m = dyn_cast<CXXMethodDecl>(call.callee);
  return m && isa_and_nonnull<CXXRecordDecl>(wait.where.root) && (isa<CXXDestructorDecl>(m) || !m->getParent()->isLambda());
}

// A call, or the body of a closure that a call was handed. Such a closure does not wait for the goroutine that the same call
// starts: it may be what that goroutine runs.
void joins::apply_call(state& s, const step& st) const {
  const summary& does = unit_.summary_of(st.callee);
  state own;
  if (!st.certain)
    for (std::size_t n = 0; n != sites_.size(); ++n) own[n] = s[n] && calls_[n].first && calls_[n].first->origin == st.origin;
  for (const effect& e : does.effects)
    if ((e.properties & props::everyone) != 0 && e.in_loop) s.reset();
    else if (is_waiting(e.what) && (e.always || e.in_loop || is_done_once(e, st))) waited(s, st.entry->translate(e.where));
  for (const place& p : does.escapes) waited(s, st.entry->translate(p));
  for (const place& p : does.unseen) handed_on(s, st.entry->translate(p));
  for (std::size_t n = 0; n != sites_.size(); ++n)
    for (const place& t : tokens_[n])
      if (s[n] && is_known_elsewhere(t) && calls_unseen(st.callee, unit_)) waited(s, t);
  s |= own;
  // Not what its turns have done, on the way out of a loop: that has come here on the way back to the loop's head.
  if (auto at = started_by_.find({st.origin, st.callee}); at != started_by_.end() && !st.all_turns)
    for (std::size_t n : at->second) s.set(n);
}

void joins::apply(state& s, const step& st) const {
  switch (st.kind) {
    case step_kind::op:
      if (st.has(props::everyone)) {
        if (flow_.loop_around(st.origin)) s.reset();
        return;
      }
      if (st.certain && is_waiting(st.what)) waited(s, st.where);
      if (st.certain && st.what == role::lock && st.where)
        for (std::size_t n = 0; n != sites_.size(); ++n)
          if (llvm::is_contained(released_[n], st.where)) s.reset(n);
      return;
    case step_kind::spawn: {
      if (unsigned n = index_of(st); n != most) s.set(n);
      // A goroutine that itself waits for others takes them over, as far as this body can be held responsible.
      return;
    }
    case step_kind::call:
      apply_call(s, st);
      return;
    case step_kind::unknown:
      if (is_somebodys(st, unit_))
        for (std::size_t n = 0; n != sites_.size(); ++n)
          for (const place& t : tokens_[n])
            if (is_known_elsewhere(t) || llvm::any_of(st.handed, [&](const place& p) { return p && is_part_of(t, p); })) waited(s, t);
      for (const place& p : st.handed) {
        waited(s, p);
        for (std::size_t n = 0; n != sites_.size(); ++n)
          if (llvm::is_contained(held_[n], p)) s.reset(n);
      }
      return;
    case step_kind::dies:
      // The destructor of a handle that was not joined ends the program, as std::thread's does: nothing comes after it.
      // Where the text itself leaves early that is a mistake; an exception that some call might throw is not.
      if (!st.implicit) return;
      for (std::size_t n = 0; n != sites_.size(); ++n)
        if (sites_[n]->handle.variable() && sites_[n]->handle.variable()->getCanonicalDecl() == st.variable->getCanonicalDecl()) s.reset(n);
      return;
    default:
      return;
  }
}

}  // namespace gosan::checks
