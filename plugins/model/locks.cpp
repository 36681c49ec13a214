#include "model/locks.hpp"

#include "model/unseen.hpp"

namespace gosan::checks {

using namespace clang;

bool returns_guard(const FunctionDecl& f, const role_map& roles) {
  const CXXRecordDecl* c = f.getReturnType()->getAsCXXRecordDecl();
  if (!c || !c->hasDefinition()) return false;
  auto guards = [&](QualType t) { return roles.of_type(t).what == role::lock_guard; };
  return guards(f.getReturnType()) || llvm::any_of(c->fields(), [&](const FieldDecl* d) { return guards(d->getType()); });
}

void lock_problem::apply(state& s, const step& st) const {
  if (st.kind == step_kind::op) {
    if (!st.where) return;
    if (st.what == role::lock) s.insert({st.where, {st.has(props::shared), st.has(props::thread), st.origin}});
    if (st.what == role::unlock) s.erase(st.where);
    return;
  }
  if (st.kind == step_kind::unknown) {  // may unlock what it is handed
    for (const place& p : st.handed) s.erase(p);
    std::erase_if(s, [&](auto& one) { return reaches(st, one.first, u); });
    return;
  }
  if (st.kind != step_kind::call) return;
  // A callee that locks and unlocks leaves things as they were; one that does only one of them is a helper for it.
  const summary& inner = u.summary_of(st.callee);
  for (const effect& e : inner.effects) {
    if (e.what != role::lock && e.what != role::unlock) continue;
    role other = e.what == role::lock ? role::unlock : role::lock;
    bool both = llvm::any_of(inner.effects, [&](const effect& o) { return o.what == other && o.where == e.where; });
    place p = st.entry->translate(e.where);
    if (both || !p) continue;
    if (e.what == role::unlock) s.erase(p);
    else if (e.always && !returns_guard(*st.callee, u.roles())) s.insert({p, {(e.properties & props::shared) != 0, (e.properties & props::thread) != 0, st.origin}});
  }
}

bool lock_problem::join(state& into, const state& from) const {
  bool grew = false;
  if (any) {
    for (auto& one : from) grew |= into.insert(one).second;
    return grew;
  }
  for (auto i = into.begin(); i != into.end();) {
    if (from.count(i->first)) {
      ++i;
    } else {
      i = into.erase(i);
      grew = true;
    }
  }
  return grew;
}

namespace {

bool does_to(const step& st, const place& p, role what, unit& u) {
  if (st.kind == step_kind::op) return st.what == what && st.where == p;
  if (st.kind != step_kind::call) return false;
  return llvm::any_of(u.summary_of(st.callee).effects, [&](const effect& e) { return e.what == what && st.entry->translate(e.where) == p; });
}

// Whether some path has come here without an operation on the lock.
struct untouched_problem {
  using state = bool;
  unit& u;
  const place& p;

  state entry() const { return true; }
  void apply(state& untouched, const step& st) const {
    if (st.certain && (does_to(st, p, role::lock, u) || does_to(st, p, role::unlock, u))) untouched = false;
  }
  bool join(state& into, const state& from) const { return from && !std::exchange(into, true); }
};

constexpr int deepest = 6;  // of calls within calls; what is further down may be anything

}  // namespace

bool may_unlock_first(const FunctionDecl* f, const place& p, unit& u, int depth) {
  const flow* fl = u.flow_of(f);
  if (!fl || depth == deepest) return true;
  untouched_problem problem{u, p};
  solution<untouched_problem> solved(*fl, problem);
  bool found = !solved.complete();
  solved.each_step([&](const step& st, bool untouched) {
    if (found || !untouched || !does_to(st, p, role::unlock, u)) return;
    found = st.kind == step_kind::op || llvm::any_of(u.summary_of(st.callee).effects, [&](const effect& e) {
      return e.what == role::unlock && st.entry->translate(e.where) == p && may_unlock_first(st.callee, e.where, u, depth + 1);
    });
  });
  return found;
}

}  // namespace gosan::checks
