#include "model/locks.hpp"

namespace gosan::checks {

using namespace clang;

void lock_problem::apply(state& s, const step& st) const {
  if (st.kind == step_kind::op) {
    if (!st.where) return;
    if (st.what == role::lock) s.insert({st.where, {st.has(props::shared), st.has(props::thread), st.origin}});
    if (st.what == role::unlock) s.erase(st.where);
    return;
  }
  if (st.kind == step_kind::unknown) {  // may unlock what it is handed
    for (const place& p : st.handed) s.erase(p);
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
    else if (e.always) s.insert({p, {(e.properties & props::shared) != 0, (e.properties & props::thread) != 0, st.origin}});
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

}  // namespace gosan::checks
