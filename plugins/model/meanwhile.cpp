#include "model/meanwhile.hpp"

#include "model/contexts.hpp"
#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

bool is_made_in(const place& p, const flow& f, const role_map& roles) {
  const VarDecl* v = p.variable();
  if (!v || !v->hasLocalStorage() || isa<ParmVarDecl>(v) || v->getDeclContext() != &f.function() || v->getType()->isReferenceType()) return false;
  if (is_pointer_like(v->getType())) return holds_own_object(v);
  if (roles.of_type(v->getType()).what != role::channel) return true;
  const Expr* init = v->getInit() ? strip_copies(v->getInit()) : nullptr;
  return init && roles.of(*init).what == role::make;
}

bool meanwhile::is_of_others(const place& p) const {
  if (!is_known_way(p, unit_.roles())) return true;
  if (is_made_in(p, flow_, unit_.roles())) return false;
  for (unsigned n = 0; n != sites_.sites().size(); ++n)  // one of them tells by it
    if (!p.is_element() && llvm::is_contained(sites_.tokens(n), p)) return false;
  return true;
}

bool meanwhile::waits_for_others(const step& st) const {
  if (st.kind == step_kind::op) {
    if (st.what == role::block || st.what == role::try_recv || st.what == role::try_lock) return st.what != role::block || st.has(props::file);
    return is_waiting(st.what) && !is_of_timer(st, unit_) && is_of_others(st.where);
  }
  if (st.kind == step_kind::unknown) return may_wait_unseen(st, unit_);
  return is_uncertain(st) && !is_handed_closure(st, unit_);
}

void meanwhile::count_waits(state& s, const std::set<place>& awaited) const {
  for (const place& p : awaited) {
    if (is_of_others(p)) s.waited |= s.alive;
    for (unsigned n = 0; n != sites_.sites().size(); ++n)
      if (s.alive[n] && llvm::any_of(sites_.tokens(n), [&](const place& t) { return t.root == p.root; })) s.waited.set(n);
  }
}

void meanwhile::count_unknown(state& s, const step& st) const {
  if (st.kind != step_kind::spawn && waits_for_others(st)) s.waited |= s.alive;
  if (st.kind == step_kind::call && !is_handed_closure(st, unit_)) count_waits(s, all_->entered(all_->of(st.callee).after, st, flow_.function()).awaited);
}

void meanwhile::apply(state& s, const step& st) const {
  joins::state before = s.alive;
  if (before.any() && all_) count_unknown(s, st);
  sites_.apply(s.alive, st);
  s.waited |= before & ~s.alive;
}

bool meanwhile::join(state& into, const state& from) const {
  state before = into;
  into.alive |= from.alive;
  into.waited |= from.waited;
  return before.alive != into.alive || before.waited != into.waited;
}

}  // namespace gosan::checks
