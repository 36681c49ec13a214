#include "model/callbacks.hpp"
#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/locks.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-double-lock",
    .title = "a lock is taken that the same path already holds",
    .why = "A lock that is not recursive waits for itself, for ever. A second read lock waits too, as soon as a writer has come in "
           "between: writers hold back new readers.",
    .wrong = R"(void refresh() {
  std::lock_guard hold(mutex_);
  load();  // locks mutex_ too
})",
    .right = R"(void refresh() {
  std::lock_guard hold(mutex_);
  load_locked();
})",
    .since = "0.1.0",
    .limits = "A lock is reported when it is held on every path that leads there. Of a callback that an object keeps in a std::function, when "
              "every lambda that this unit puts there takes it, and nothing else is put there.",
};

void report(const step& st, const place& p, const held_lock& first, const effect* inner, findings& out) {
  diagnosis d;
  d.at = st.at;
  std::string name = text_of(p);
  bool both_read = first.read && (inner ? (inner->properties & props::shared) != 0 : st.has(props::shared));
  d.text = inner ? "this call locks '" + name + "', which is already held here" : "'" + name + "' is locked again while it is held";
  if (both_read) d.text += " for reading: a writer that waits in between stops both";
  if (inner) d.notes.push_back({inner->origin->getBeginLoc(), "locked again here"});
  d.notes.push_back({first.taken->getBeginLoc(), "locked first here"});
  out.add(std::move(d));
}

// A local lock that nobody locks for writing: readers cannot stand in each other's way.
bool may_have_writer(const place& p, const flow& f, unit& u) {
  const VarDecl* v = p.variable();
  if (!v || !v->hasLocalStorage() || isa<ParmVarDecl>(v) || v->getType()->isReferenceType()) return true;
  return llvm::any_of(contexts_of(&f.function(), u), [&](const goroutine_context& c) {
    if ((c.site && !c.site->body) || llvm::is_contained(c.does.escapes, p)) return true;
    return llvm::any_of(c.does.effects, [&](const effect& e) {
      return e.what == role::lock && e.where == p && (e.properties & props::shared) == 0;
    });
  });
}

// Whether a goroutine that the function has a part in gives up a lock that it has not taken: the second lock waits for it.
bool is_released_elsewhere(const place& p, const flow& f, unit& u) {
  return llvm::any_of(contexts_of(&f.function(), u), [&](const goroutine_context& c) {
    return c.site && c.does_any(role::unlock, p) && !c.does_any(role::lock, p) && !c.does_any(role::try_lock, p);
  });
}

bool can_go_on(const place& p, bool both_read, const flow& f, unit& u) {
  return (both_read && !may_have_writer(p, f, u)) || is_released_elsewhere(p, f, u);
}

bool is_in_branch_of(const flow& f, const Stmt* s, const Stmt* loop) {
  for (const scope* at = f.scope_of(s); at && at->stmt != loop; at = at->outer)
    if (at->what == scope::kind::branch || at->what == scope::kind::try_block) return true;
  return false;
}

// A lock that each turn of a loop takes, whatever way it goes, and that some turn ends with.
void examine_turns(const flow& f, const solution<lock_problem>& solved, unit& u, findings& out) {
  std::map<place, const step*> taken;
  std::vector<const step*> given_up;
  f.each([&](const step& st) {
    const Stmt* loop = st.kind == step_kind::op && st.what == role::lock && st.where && !st.where.is_element() ? f.loop_around(st.origin) : nullptr;
    if (st.kind == step_kind::op && st.what == role::unlock) given_up.push_back(&st);
    if (loop && isa<CallExpr>(st.origin) && !st.has(props::recursive) && !is_in_branch_of(f, st.origin, loop)) taken.insert({st.where, &st});
  });
  if (taken.empty()) return;
  for (const CFGBlock* b : f.cfg()) {
    const auto* next = b ? dyn_cast_or_null<ContinueStmt>(b->getTerminatorStmt()) : nullptr;
    if (!next || !solved.before(*b)) continue;
    const lock_problem::state at_end = solved.after(*b);
    for (auto& [p, first] : taken) {
      auto held = at_end.find(p);
      bool same_loop = f.loop_around(next) == f.loop_around(first->origin);
      if (held == at_end.end() || held->second.taken != first->origin || !same_loop) continue;
      bool first_given_up = llvm::any_of(given_up, [&, lock = first](const step* o) {
        return o->where == lock->where && f.loop_around(o->origin) == f.loop_around(lock->origin) &&
               u.sources().isBeforeInTranslationUnit(o->at, lock->at);
      });
      if (first_given_up || can_go_on(p, held->second.read, f, u)) continue;
      diagnosis d;
      d.at = next->getBeginLoc();
      d.text = "the next turn locks '" + text_of(p) + "' again, which this one leaves locked";
      d.notes.push_back({first->origin->getBeginLoc(), "locked here in each turn"});
      out.add(std::move(d));
    }
  }
}

void examine(const flow& f, unit& u, findings& out) {
  bool locks = false;
  f.each([&](const step& st) { locks |= (st.kind == step_kind::op && st.what == role::lock) || st.kind == step_kind::call; });
  if (!locks) return;
  lock_problem problem{u, false};
  solution<lock_problem> solved(f, problem);
  if (!solved.complete()) return;
  examine_turns(f, solved, u, out);
  solved.each_step([&](const step& st, const lock_problem::state& held) {
    if (held.empty()) return;
    if (st.kind == step_kind::op && st.what == role::lock && st.where && !st.where.is_element() && !st.has(props::recursive)) {
      if (auto at = held.find(st.where);
          at != held.end() && !can_go_on(st.where, at->second.read && st.has(props::shared), f, u))
        report(st, st.where, at->second, nullptr, out);
    } else if (st.kind == step_kind::call && st.certain) {
      for (const effect& e : u.summary_of(st.callee).effects) {
        place p = st.entry->translate(e.where);
        if (e.what != role::lock || !p || p.is_element() || !e.always || (e.properties & props::recursive)) continue;
        auto at = held.find(p);
        if (at == held.end() || can_go_on(p, at->second.read && (e.properties & props::shared) != 0, f, u)) continue;
        if (!may_unlock_first(st.callee, e.where, u)) report(st, p, at->second, &e, out);
      }
    }
  });
}

// What a callback that an object keeps locks on every path, as its caller sees it.
const effect* lock_by(const kept_callback& k, const binding& entry, const lock_problem::state& held, const flow& f, unit& u) {
  for (const effect& e : u.summary_of(k.body).effects) {
    place p = entry.translate(e.where);
    auto at = e.what == role::lock && p && !p.is_element() && e.always && !(e.properties & props::recursive) ? held.find(p) : held.end();
    if (at == held.end() || can_go_on(p, at->second.read && (e.properties & props::shared) != 0, f, u)) continue;
    if (!may_unlock_first(k.body, e.where, u)) return &e;
  }
  return nullptr;
}

// A call of a callback under a lock that all take which this unit ever puts there, of the same object.
void examine_callbacks(const flow& f, const callbacks& kept, unit& u, findings& out) {
  lock_problem problem{u, false};
  solution<lock_problem> solved(f, problem);
  if (!solved.complete()) return;
  solved.each_step([&](const step& st, const lock_problem::state& held) {
    const MemberExpr* member = held.empty() || st.kind != step_kind::unknown ? nullptr : member_called(st.origin);
    if (!member) return;
    place object = u.places().resolve(member->getBase());
    const kept_callback* first = nullptr;
    const effect* locked = nullptr;
    for (const kept_callback& k : kept.in(member->getMemberDecl())) {
      auto entry = k.entered_from(object);
      const effect* e = entry ? lock_by(k, *entry, held, f, u) : nullptr;
      if (!e) return;
      if (!first) first = &k, locked = e;
    }
    if (!first) return;
    place p = first->entered_from(object)->translate(locked->where);
    diagnosis d;
    d.at = st.at;
    d.text = "the callback that is called here locks '" + text_of(p) + "', which is already held";
    d.notes = {{first->kept->getBeginLoc(), "the callback is put there here"}, {locked->origin->getBeginLoc(), "locked again here"},
               {held.at(p).taken->getBeginLoc(), "locked first here"}};
    out.add(std::move(d));
  });
}

bool calls_members(const flow& f) {
  bool any = false;
  f.each([&](const step& st) { any |= st.kind == step_kind::unknown && member_called(st.origin); });
  return any;
}

void run(unit& u, findings& out) {
  std::vector<const flow*> with_callbacks;
  for (const FunctionDecl* f : u.functions_and_callers_of(role::lock)) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    examine(*fl, u, out);
    if (calls_members(*fl)) with_callbacks.push_back(fl);
  }
  if (with_callbacks.empty()) return;
  callbacks kept(u);
  for (const flow* f : with_callbacks) examine_callbacks(*f, kept, u, out);
}

}  // namespace

extern const check double_lock;
const check double_lock{info, run};

}  // namespace gosan::checks
