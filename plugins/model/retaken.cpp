#include "model/retaken.hpp"

#include "model/dataflow.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// Forward: the places of which a lock may have been given up.
struct given_up_problem {
  using state = std::set<place>;
  unit& u;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::op && st.what == role::unlock) s.insert(st.where);
    if (st.kind != step_kind::call) return;
    for (const effect& e : u.summary_of(st.callee).effects)
      if (e.what == role::unlock) s.insert(st.entry->translate(e.where));
  }
  bool join(state& into, const state& from) const {
    const std::size_t before = into.size();
    into.insert(from.begin(), from.end());
    return into.size() != before;
  }
};

bool takes_and_gives(const std::vector<effect>& effects) {
  return llvm::any_of(effects, [&](const effect& e) {
    return e.what == role::lock && llvm::any_of(effects, [&](const effect& o) { return o.what == role::unlock && o.where == e.where; });
  });
}

}  // namespace

void mark_retaken(const flow& f, unit& u, std::vector<effect>& of) {
  if (!takes_and_gives(of)) return;
  given_up_problem problem{u};
  solution<given_up_problem> solved(f, problem);
  if (!solved.complete()) return;
  std::set<place> taken_first;
  solved.each_step([&](const step& st, const given_up_problem::state& given_up) {
    auto take = [&](const place& p) {
      if (!given_up.count(p)) taken_first.insert(p);
    };
    if (st.kind == step_kind::op && st.what == role::lock) take(st.where);
    if (st.kind != step_kind::call) return;
    for (const effect& e : u.summary_of(st.callee).effects)
      if (e.what == role::lock && !e.retaken) take(st.entry->translate(e.where));
  });
  for (effect& e : of)
    if (e.what == role::lock) e.retaken = !taken_first.count(e.where);
}

}  // namespace gosan::checks
