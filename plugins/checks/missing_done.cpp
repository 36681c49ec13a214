#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/deliveries.hpp"
#include "model/edits.hpp"
#include "model/field_channels.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-missing-done",
    .title = "a goroutine that a wait group counts can end without done()",
    .why = "The counter never comes back to zero, so whoever waits for the group waits for ever. A done() too many is as bad: the "
           "counter becomes negative, and that ends the program.",
    .wrong = R"(group.add(1);
gosan::go([&group, job] {
  if (job.empty()) return;
  work(job);
  group.done();
});)",
    .right = R"(group.add(1);
gosan::go([&group, job] {
  gosan::defer done{[&] { group.done(); }};
  if (job.empty()) return;
  work(job);
});)",
    .since = "0.1.0",
    .limits = "A done() within a loop is taken to be one per job. Counts are compared only when they are constants, and only within one "
              "function; of a group that is a member of a class in a source file it is asked whether anything calls done() at all.",
};

// ---- A body with a path that goes past its done() ----

const CXXMemberCallExpr* only_statement_doing(role what, const place& p, const flow& f) {
  const CXXMemberCallExpr* only = nullptr;
  int count = 0;
  f.each([&](const step& st) {
    if (st.kind != step_kind::op || st.what != what || !(st.where == p)) return;
    ++count;
    only = dyn_cast<CXXMemberCallExpr>(st.origin);
  });
  return count == 1 ? only : nullptr;
}

void examine_body(const FunctionDecl* f, unit& u, findings& out) {
  const flow* fl = u.flow_of(f);
  if (!fl) return;
  std::set<place> groups;
  const auto& effects = u.summary_of(f).effects;
  for (const effect& e : effects) {
    // What the body counts up itself does not count the body.
    bool adds = llvm::any_of(effects, [&](const effect& o) { return o.what == role::add && o.where == e.where; });
    if (e.what == role::done && e.where && !e.always && !e.in_loop && !adds) groups.insert(e.where);
  }
  for (const place& group : groups) {
    const Stmt* origin = nullptr;
    fl->each([&](const step& st) {
      if (st.kind == step_kind::op && st.what == role::done && st.where == group) origin = st.origin;
    });
    for (const missed_exit& exit : exits_without(*fl, u, role::done, group)) {
      diagnosis d;
      d.at = exit.at;
      d.text = "goroutine can end here without done() on '" + text_of(group) + "', which waits for it";
      if (origin) d.notes.push_back({origin->getBeginLoc(), "other paths call done() here"});
      if (const auto* call = only_statement_doing(role::done, group, *fl))
        if (!fl->is_conditional(call)) d.fixes = defer_instead(*f, *call, u.ast());
      out.add(std::move(d));
    }
  }
}

// ---- A body with a path that calls done() twice ----

struct dones_problem {
  struct state {
    unsigned fewest = 0, most = 0;  // over all paths
    friend bool operator==(const state&, const state&) = default;
  };
  unit& u;
  const place& group;

  bool is_done(const step& st) const {
    if (st.kind == step_kind::op) return st.what == role::done && st.where == group;
    return st.kind == step_kind::call && st.certain && llvm::any_of(u.summary_of(st.callee).effects, [&](const effect& e) {
      return e.what == role::done && e.always && st.entry->translate(e.where) == group;
    });
  }

  state entry() const { return {}; }
  void apply(state& s, const step& st) const {
    if (!is_done(st)) return;
    s.fewest = std::min(s.fewest + 1, 2u);
    s.most = std::min(s.most + 1, 2u);
  }
  bool join(state& into, const state& from) const {
    state before = into;
    into.fewest = std::min(into.fewest, from.fewest);
    into.most = std::max(into.most, from.most);
    return !(into == before);
  }
};

void examine_twice(const FunctionDecl* f, unit& u, findings& out) {
  const flow* fl = u.flow_of(f);
  if (!fl) return;
  std::map<place, const Stmt*> first;  // the done() that stands on one path only
  bool adds = false;
  fl->each([&](const step& st) {
    if (st.kind != step_kind::op || !st.where) return;
    adds |= st.what == role::add;
    if (st.what == role::done && fl->is_conditional(st.origin) && !fl->loop_around(st.origin)) first.insert({st.where, st.origin});
  });
  if (adds) return;
  for (auto& [group, origin] : first) {
    dones_problem problem{u, group};
    solution<dones_problem> solved(*fl, problem);
    if (!solved.complete()) continue;
    dones_problem::state ends{2, 0};
    solved.each_exit([&](const dones_problem::state& s, const CFGBlock&) { problem.join(ends, s); });
    if (ends.fewest == 2 || ends.most < 2) continue;  // the same on all paths: the counts are compared below
    solved.each_step([&](const step& st, const dones_problem::state& before) {
      if (!problem.is_done(st) || before.most == 0 || fl->is_conditional(st.origin) || fl->loop_around(st.origin)) return;
      diagnosis d;
      d.at = st.at;
      d.text = "done() on '" + text_of(group) + "' a second time on one path: the counter becomes negative";
      d.notes.push_back({origin->getBeginLoc(), "that path has called it here"});
      out.add(std::move(d));
    });
  }
}

// ---- A wait for a group that nobody counts for ----

void examine_uncounted(const flow& f, unit& u, findings& out) {
  auto all = contexts_of(&f.function(), u);
  std::map<place, const Stmt*> waited;
  for (const auto& c : all)
    for (const effect& e : c.does.effects) {
      const VarDecl* v = e.what == role::wait && e.where.path.empty() ? e.where.variable() : nullptr;
      bool own = v && !isa<ParmVarDecl>(v) && v->getParentFunctionOrMethod() == &f.function() && !v->getType()->isReferenceType();
      if (own && u.roles().of_type(v->getType()).what == role::group) waited.insert({e.where, e.origin});
    }
  for (auto& [group, origin] : waited) {
    bool counted = llvm::any_of(all, [&](const goroutine_context& c) {
      if (c.site && (!c.site->body || (c.site->entry.has(props::counted) && c.site->group == group))) return true;
      return c.does_any(role::add, group) || c.does_any(role::done, group);
    });
    if (counted || all.size() == 1 || escapes(group.variable(), f.function().getBody(), u)) continue;
    diagnosis d;
    d.at = origin->getBeginLoc();
    d.text = "wait() returns at once: nothing is ever counted in '" + text_of(group) + "'";
    d.notes.push_back({group.root->getLocation(), "'" + text_of(group) + "' is declared here, and does not leave this function"});
    out.add(std::move(d));
  }
}

// ---- Counts that do not agree ----

// How often something happens: constants by the loop they stand in.
using counts = std::map<const Stmt*, std::int64_t>;

struct tally {
  counts adds, dones;
  bool exact = true;
  const Stmt* first_add = nullptr;
  const CallExpr* last_spawn = nullptr;
  bool any_done = false, waits = false;
  const step* wait_in_loop = nullptr;  // in each of its turns
};

std::optional<std::int64_t> added(const Stmt* s, const ASTContext& ast) {
  const auto* c = dyn_cast<CXXMemberCallExpr>(s);
  if (!c) return std::nullopt;
  if (!c->getNumArgs()) return 1;
  Expr::EvalResult value;
  if (c->getArg(0)->isValueDependent() || !c->getArg(0)->EvaluateAsInt(value, ast)) return std::nullopt;
  return value.Val.getInt().getExtValue();
}

// Whether something stands in straight code, or in one loop that is itself in straight code.
std::optional<const Stmt*> only_loop(const flow& f, const Stmt* s) {
  const Stmt* loop = nullptr;
  for (const scope* at = f.scope_of(s); at; at = at->outer) {
    if (at->what == scope::kind::branch) return std::nullopt;
    if (at->what != scope::kind::loop) continue;
    if (loop) return std::nullopt;
    loop = at->stmt;
  }
  return loop;
}

void count_spawn(const step& st, const flow& f, unit& u, const place& group, tally& t) {
  if (st.spawned->entry.has(props::counted) && st.spawned->group == group) return;
  auto loop = only_loop(f, st.origin);
  bool found = false;
  summary does = u.effects_of(*st.spawned);
  for (const effect& e : does.effects) {
    if (!(e.where == group)) continue;
    if (e.what == role::add || e.what == role::wait) t.exact &= e.what != role::add;
    if (e.what != role::done) continue;
    found = true;
    if (!e.always || e.in_loop || !loop) t.exact = false;
    else ++t.dones[*loop];
  }
  for (const auto& inner : does.spawns)
    for (const effect& e : u.effects_of(*inner).effects)
      if (e.where == group && e.what == role::done) found = true, t.exact = false;
  t.any_done |= found;
  if (!found) t.last_spawn = dyn_cast<CallExpr>(st.origin);
}

tally count(const flow& f, unit& u, const place& group) {
  tally t;
  f.each([&](const step& st) {
    if (st.kind == step_kind::spawn) count_spawn(st, f, u, group, t);
    if (st.kind == step_kind::call)
      for (const effect& e : u.summary_of(st.callee).effects)
        if (st.entry->translate(e.where) == group) {
          if (e.what == role::done) t.any_done = true;
          if (e.what == role::wait) t.waits = true;
          else t.exact = false;
        }
    if (st.kind == step_kind::call)
      for (const auto& s : u.summary_of(st.callee).spawns)
        for (const effect& e : u.effects_of(*s).effects)
          if (e.what == role::done) t.any_done = true, t.exact = false;
    if (st.kind != step_kind::op || !(st.where == group)) return;
    auto loop = only_loop(f, st.origin);
    if (st.what == role::add) {
      auto n = added(st.origin, u.ast());
      if (!t.first_add || u.sources().isBeforeInTranslationUnit(st.at, t.first_add->getBeginLoc())) t.first_add = st.origin;
      if (n && loop) t.adds[*loop] += *n;
      else t.exact = false;
    } else if (st.what == role::done) {
      t.any_done = true;
      if (loop) ++t.dones[*loop];
      else t.exact = false;
    } else if (st.what == role::wait) {
      t.waits = true;
      if (loop && *loop) t.wait_in_loop = &st;
    }
  });
  return t;
}

std::optional<std::int64_t> total(const counts& c, const ASTContext& ast) {
  std::int64_t sum = 0;
  for (auto& [loop, n] : c) {
    auto often = turns(loop, ast);
    if (!often) return std::nullopt;
    sum += n * *often;
  }
  return sum;
}

void compare(const tally& t, const place& group, unit& u, findings& out) {
  auto added = total(t.adds, u.ast()), done = total(t.dones, u.ast());
  bool per_turn = !added || !done;
  if (per_turn) {  // the loop that both stand in runs as often for the one as for the other
    if (t.adds.size() != 1 || t.dones.size() != 1 || t.adds.begin()->first != t.dones.begin()->first) return;
    added = t.adds.begin()->second;
    done = t.dones.begin()->second;
  }
  if (*added == *done) return;
  std::string name = text_of(group);
  diagnosis d;
  d.at = t.first_add->getBeginLoc();
  d.text = "'" + name + "' is counted up by " + std::to_string(*added) + ", but done() is called " + std::to_string(*done) +
           (*done == 1 ? " time" : " times") + (per_turn ? " in each turn" : "");
  if (*done < *added) d.text += ": wait() never returns";
  else d.text += ": the counter becomes negative";
  out.add(std::move(d));
}

// Counted before a loop for all of its turns, and waited for in each of them: the first wait has not seen the others start.
bool waits_too_soon(const tally& t, const flow& f, const place& group, findings& out) {
  const Stmt* loop = t.wait_in_loop ? f.loop_around(t.wait_in_loop->origin) : nullptr;
  if (!loop || t.adds.size() != 1 || t.adds.begin()->first || t.dones.size() != 1 || t.dones.begin()->first != loop) return false;
  if (t.adds.begin()->second <= t.dones.begin()->second) return false;
  std::string name = text_of(group);
  diagnosis d;
  d.at = t.wait_in_loop->at;
  d.text = "the first wait() on '" + name + "' never returns: " + std::to_string(t.adds.begin()->second) +
           " were counted before the loop, and one turn of it starts " + std::to_string(t.dones.begin()->second);
  d.notes.push_back({t.first_add->getBeginLoc(), "counted up here"});
  out.add(std::move(d));
  return true;
}

void examine_group(const place& group, const flow& f, unit& u, findings& out) {
  const VarDecl* v = group.variable();
  const auto* owner = v ? dyn_cast<FunctionDecl>(v->getDeclContext()) : nullptr;
  if (!owner || owner->getCanonicalDecl() != f.function().getCanonicalDecl() || isa<ParmVarDecl>(v)) return;
  if (!group.path.empty() || escapes(v, f.function().getBody(), u)) return;
  tally t = count(f, u, group);
  if (!t.first_add) return;
  if (t.any_done) {
    if (t.exact && !waits_too_soon(t, f, group, out)) compare(t, group, u, out);
    return;
  }
  if (!t.waits) return;
  diagnosis d;
  std::string name = text_of(group);
  d.at = t.last_spawn ? t.last_spawn->getBeginLoc() : t.first_add->getBeginLoc();
  d.text = t.last_spawn ? "goroutine never calls done() on '" + name + "', which counts it" : "nothing calls done() on '" + name + "'";
  if (t.last_spawn) d.notes.push_back({t.first_add->getBeginLoc(), "'" + name + "' is counted up here"});
  out.add(std::move(d));
}

// A member that all methods together count up and wait for, and none counts down.
void examine_members(unit& u, findings& out) {
  for (const field_object& g : field_groups_of(u)) {
    const CallExpr* first = nullptr;
    bool done = false, waits = false;
    for (const field_use& use : g.uses) {
      done |= use.what == role::done || (use.what == role::add && added(use.call, u.ast()).value_or(0) <= 0);  // add(-1) is one, too
      waits |= use.what == role::wait;
      if (use.what == role::add && (!first || u.sources().isBeforeInTranslationUnit(use.call->getBeginLoc(), first->getBeginLoc()))) first = use.call;
    }
    if (!first || done || !waits) continue;
    std::string name = "'" + g.field->getNameAsString() + "'";
    out.add({first->getBeginLoc(), {}, name + " is counted up here, and nothing calls done() on it: wait() never returns",
             {{g.field->getLocation(), name + " is a member of a class that only this file knows"}}, {}});
  }
}

void run(unit& u, findings& out) {
  examine_members(u, out);
  for (const FunctionDecl* f : u.functions()) {
    if (u.is_spawned_body(f)) {
      examine_body(f, u, out);
      examine_twice(f, u, out);
    }
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    examine_uncounted(*fl, u, out);
    std::set<place> groups;
    fl->each([&](const step& st) {
      if (st.kind == step_kind::op && st.what == role::add && st.where) groups.insert(st.where);
    });
    for (const place& g : groups) examine_group(g, *fl, u, out);
  }
}

}  // namespace

extern const check missing_done;
const check missing_done{info, run};

}  // namespace gosan::checks
