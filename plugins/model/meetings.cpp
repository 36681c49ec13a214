#include "model/meetings.hpp"

#include "model/meeting_finder.hpp"
#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

const std::vector<run_parameter>& meetings::runs_of(const FunctionDecl* f) {
  return runs_.of(f, [this](const FunctionDecl* definition) {
    bool takes = unit_.is_users(definition) && llvm::any_of(definition->parameters(), [](const ParmVarDecl* p) { return keeps_any_callable(p->getType()); });
    const flow* fl = takes ? unit_.flow_of(definition) : nullptr;
    return fl && !unit_.summary_of(definition).spawns.empty() ? compute_runs(*fl) : std::vector<run_parameter>{};
  });
}

std::vector<run_parameter> meetings::compute_runs(const flow& f) {
  std::vector<run_parameter> found;
  meeting_finder finder(f, unit_, accesses_, left_, moved_);
  if (finder.prepare()) found = finder.runs();
  f.each([&](const step& st) {  // and those it hands on to others that do
    if (st.kind != step_kind::call || !st.certain) return;
    for (const run_parameter& r : runs_of(st.callee)) {
      const Expr* handed = argument_of(st, r.parameter);
      const auto* p = handed ? parameter_in(handed, f.function()) : nullptr;
      if (p) found.push_back({p, r.started});
    }
  });
  return found;
}

void meetings::of_callable(const FunctionDecl& body, const run_parameter& run, const step& call, const flow& f, std::vector<meeting>& out) {
  const accesses_of_body& does = accesses_.of(&body);
  if (!does.after.awaited.empty() || !does.after.sent.empty()) return;
  const path_finder paths(f.function(), unit_);
  auto shared = [&](const deep_access& a) {
    const VarDecl* v = a.what.path.where.variable();
    bool own = v && v->hasLocalStorage() && v->getDeclContext() == &body;
    return !own && !a.stands.decided && !a.stands.chosen && !a.what.calls && paths.checked(a.what.path);
  };
  for (const deep_access& a : does.all) {
    if (!a.what.writes || !shared(a)) continue;
    for (const deep_access& b : does.all) {
      if (!shared(b) || !in_conflict(a, b) || may_share_a_lock(a.stands, b.stands) || !moved_.stay_along(a.what.path.where)) continue;
      out.push_back({{a, run.started, false, true}, {b, call.at, true, true}, true, call.callee});
      return;
    }
  }
}

void meetings::of_callables(const flow& f, std::vector<meeting>& out) {
  f.each([&](const step& st) {
    if (st.kind != step_kind::call || !st.certain) return;
    for (const run_parameter& r : runs_of(st.callee)) {
      const FunctionDecl* body = body_run_by(argument_of(st, r.parameter));
      if (body && unit_.is_users(body)) of_callable(*body, r, st, f, out);
    }
  });
}

std::vector<meeting> meetings::of(const flow& f) {
  std::vector<meeting> out;
  if (unit_.summary_of(&f.function()).spawns.empty()) return out;
  of_callables(f, out);
  meeting_finder finder(f, unit_, accesses_, left_, moved_);
  if (finder.prepare()) finder.judge(out);
  return out;
}

}  // namespace gosan::checks
