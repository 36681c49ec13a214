#include "model/closed.hpp"

#include "model/dataflow.hpp"
#include "model/guards.hpp"
#include "model/unseen.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// Channels that some path has closed, with where. A variable that gets another channel is open again; so is one of a loop's
// turn when it dies.
struct closed_problem {
  using state = std::map<place, const Stmt*>;
  unit& u;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::op && st.what == role::close && st.where && st.certain && !st.where.is_element())
      s.insert({st.where, st.origin});
    if (st.kind == step_kind::dies) forget(s, place(st.variable->getCanonicalDecl()));
    if (st.kind == step_kind::unknown)
      for (const place& p : st.handed) forget(s, p);
    if (st.kind == step_kind::unknown) std::erase_if(s, [&](auto& one) { return reaches(st, one.first, u); });
    if (st.kind != step_kind::call) return;
    const summary& does = u.summary_of(st.callee);
    for (const place& p : does.escapes) forget(s, st.entry->translate(p));
    for (const effect& e : does.effects)
      if (place p = st.entry->translate(e.where); e.what == role::close && e.always && st.certain && p && !p.is_element())
        s.insert({p, st.origin});
  }
  // Of an object that unseen code got, any member may be another channel.
  static void forget(state& s, const place& object) {
    std::erase_if(s, [&](auto& one) {
      const place& p = one.first;
      return p.root == object.root && p.path.size() >= object.path.size() && std::equal(object.path.begin(), object.path.end(), p.path.begin());
    });
  }
  bool join(state& into, const state& from) const {
    bool grew = false;
    for (auto& one : from) grew |= into.insert(one).second;
    return grew;
  }
};

// A field or variable that is assigned: its channel may be another one from then on.
bool is_reassigned(const place& p, unit& u) {
  const VarDecl* v = p.variable();
  if (v ? u.is_reassigned(v) : !isa<CXXRecordDecl>(p.root)) return true;
  return llvm::any_of(p.path, [&](const Decl* field) { return !field || u.is_reassigned(field); });
}

bool uses_openly(role r) { return r == role::close || r == role::send || r == role::try_send; }

// What a call surely does to channels, each as a step of its caller's.
std::vector<step> uses_by_call(const step& call, unit& u) {
  std::vector<step> found;
  for (const effect& e : u.summary_of(call.callee).effects) {
    if (!uses_openly(e.what) || !e.always) continue;
    found.push_back(call);
    found.back().what = e.what;
    found.back().where = call.entry->translate(e.where);
  }
  return found;
}

}  // namespace

void each_use_when_closed(unit& u, const std::function<void(const step&, const place&, const Stmt*)>& f) {
  for (const FunctionDecl* function : u.functions_and_callers_of(role::close)) {
    const flow* fl = u.flow_of(function);
    if (!fl) continue;
    bool closes = false;
    fl->each([&](const step& st) { closes |= (st.kind == step_kind::op && st.what == role::close) || st.kind == step_kind::call; });
    if (!closes) continue;
    closed_problem problem{u};
    solution<closed_problem> solved(*fl, problem);
    if (!solved.complete()) continue;
    solved.each_step([&](const step& st, const closed_problem::state& closed) {
      auto use = [&](const step& one) {
        auto at = closed.find(one.where);
        if (at == closed.end() || is_reassigned(at->first, u)) return;
        if (!may_exclude_each_other(at->second, st.origin, *fl, u)) f(one, at->first, at->second);
      };
      // A case of a select that sends on a closed channel is ready, so it is among those that may be taken.
      bool is_use = st.kind == step_kind::op && (st.certain || st.has(props::one_of_many)) && uses_openly(st.what);
      if (closed.empty()) return;
      if (is_use) use(st);
      if (!st.certain) return;
      if (st.kind != step_kind::call) return;
      for (const step& one : uses_by_call(st, u)) use(one);
    });
  }
}

}  // namespace gosan::checks
