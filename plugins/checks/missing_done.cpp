#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/counts.hpp"
#include "model/deliveries.hpp"
#include "model/edits.hpp"
#include "model/field_channels.hpp"
#include "model/references.hpp"

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
    .limits = "A done() within a loop is taken to be one per job. Counts are compared only when they are constants and the same on every path of one function, with "
              "what it calls and starts; of groups that are members, only when no header defines the class.",
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
  }
  for (const auto& inner : does.spawns)
    for (const effect& e : u.effects_of(*inner).effects) found |= e.where == group && e.what == role::done;
  times dones = found ? group_counter(u).of(*st.spawned, group, role::done) : times{};
  if (!dones.exact() || (found && !loop)) t.exact = false;
  else if (found) t.dones[*loop] += dones.greatest;
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

// ---- Counts through calls and methods ----

void report_totals(times adds, times dones, const place& group, const flow& f, unit& u, findings& out) {
  const Stmt* first = nullptr;
  for (const effect& e : u.summary_of(&f.function()).effects)
    if (e.what == role::add && e.where == group && !first) first = e.origin;
  if (!first) return;
  std::string name = text_of(group);
  diagnosis d;
  d.at = first->getBeginLoc();
  d.text = "'" + name + "' is counted up by " + std::to_string(adds.greatest) + " in all, but done() is called " + std::to_string(dones.greatest) +
           (dones.greatest == 1 ? " time" : " times");
  d.text += dones.greatest < adds.greatest ? ": wait() never returns" : ": the counter becomes negative";
  d.notes.push_back({f.function().getLocation(), "counted are '" + f.function().getNameAsString() + "', what it calls and what it starts"});
  out.add(std::move(d));
}

template <class IsAll>
void examine_totals(const place& group, const flow& f, unit& u, findings& out, bool waits, IsAll is_all_there_is) {
  group_counter counter(u);
  times adds = counter.of(&f.function(), group, role::add), dones = counter.of(&f.function(), group, role::done);
  if (!adds.exact() || !dones.exact() || !adds.greatest || !dones.greatest || adds == dones) return;
  if (dones.greatest < adds.greatest && !waits) return;
  if (is_all_there_is(counter)) report_totals(adds, dones, group, f, u, out);
}

// A member of `this`, or of an object that the function has for itself.
void examine_member(const place& group, const field_object& member, const flow& f, unit& u, findings& out) {
  const VarDecl* v = group.variable();
  if (v && (isa<ParmVarDecl>(v) || !is_local_of(v, f.function()) || v->getType()->isReferenceType() || escapes(v, f.function().getBody(), u))) return;
  bool waits = llvm::any_of(member.uses, [](const field_use& use) { return use.what == role::wait; });
  examine_totals(group, f, u, out, waits, [&](const group_counter& c) { return is_all(c, f.function(), *member.field, u); });
}

void examine_group(const place& group, const flow& f, unit& u, findings& out) {
  const VarDecl* v = group.variable();
  const auto* owner = v ? dyn_cast<FunctionDecl>(v->getDeclContext()) : nullptr;
  if (!owner || owner->getCanonicalDecl() != f.function().getCanonicalDecl() || isa<ParmVarDecl>(v)) return;
  if (!group.path.empty() || escapes(v, f.function().getBody(), u)) return;
  tally t = count(f, u, group);
  if (!t.first_add && t.exact) return;
  if (t.any_done) {
    if (!t.exact)
      examine_totals(group, f, u, out, t.waits, [&](const group_counter& c) { return is_all(c, f.function(), group, u); });
    else if (group_counter seen(u); !waits_too_soon(t, f, group, out)) {
      seen.of(&f.function(), group, role::add), seen.of(&f.function(), group, role::done);
      if (is_all(seen, f.function(), group, u)) compare(t, group, u, out);
    }
    return;
  }
  if (!t.waits || !t.first_add) return;
  diagnosis d;
  std::string name = text_of(group);
  d.at = t.last_spawn ? t.last_spawn->getBeginLoc() : t.first_add->getBeginLoc();
  d.text = t.last_spawn ? "goroutine never calls done() on '" + name + "', which counts it" : "nothing calls done() on '" + name + "'";
  if (t.last_spawn) d.notes.push_back({t.first_add->getBeginLoc(), "'" + name + "' is counted up here"});
  out.add(std::move(d));
}

// A member that all methods together count up and wait for, and none counts down.
void examine_members(const std::vector<field_object>& groups, unit& u, findings& out) {
  for (const field_object& g : groups) {
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

// Those that a function counts up itself or by what it calls.
void examine_groups(const flow& f, const std::vector<field_object>& members, unit& u, findings& out) {
  std::set<place> groups;
  for (const effect& e : u.summary_of(&f.function()).effects)
    if (e.what == role::add && e.where) groups.insert(e.where);
  for (const place& g : groups) {
    examine_group(g, f, u, out);
    for (const field_object& m : members)
      if (g.path.size() == 1 && g.path.back() == m.field->getCanonicalDecl()) examine_member(g, m, f, u, out);
  }
}

void run(unit& u, findings& out) {
  const std::vector<field_object> members = field_groups_of(u);
  examine_members(members, u, out);
  for (const FunctionDecl* f : u.functions()) {
    if (u.is_spawned_body(f)) {
      examine_body(f, u, out);
      examine_twice(f, u, out);
    }
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    examine_uncounted(*fl, u, out);
    examine_groups(*fl, members, u, out);
  }
}

}  // namespace

extern const check missing_done;
const check missing_done{info, run};

}  // namespace gosan::checks
