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
    .limits = "What runs a function once is a lock here that the function holds. A lock is reported when it is held on every path that leads there. Of a callback that an object keeps in a std::function, when "
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

// What entering a body locks on every path of what is held there already; nothing when it may give that up first.
struct second_lock {
  const effect* by;
  place where;
};
std::vector<second_lock> locks_again(const FunctionDecl* body, const binding& entry, const lock_problem::state& held, const flow& f, unit& u) {
  std::vector<second_lock> found;
  for (const effect& e : u.summary_of(body).effects) {
    place p = entry.translate(e.where);
    if (e.what != role::lock || !p || p.is_element() || !e.always || (e.properties & props::recursive)) continue;
    auto at = held.find(p);
    if (at == held.end() || can_go_on(p, at->second.read && (e.properties & props::shared) != 0, f, u)) continue;
    if (!may_unlock_first(body, e.where, u)) found.push_back({&e, std::move(p)});
  }
  return found;
}

class examiner {
 public:
  examiner(unit& u, findings& out) : unit_(u), out_(out) {}

  void examine(const flow& f) {
    bool locks = false;
    f.each([&](const step& st) { locks |= (st.kind == step_kind::op && st.what == role::lock) || st.kind == step_kind::call; });
    if (!locks) return;
    lock_problem problem{unit_, false};
    solution<lock_problem> solved(f, problem);
    if (!solved.complete()) return;
    examine_turns(f, solved, unit_, out_);
    solved.each_step([&](const step& st, const lock_problem::state& held) {
      if (!held.empty()) examine_step(st, held, f);
      if (st.once) examine_once(st);
    });
  }

 private:
  // What is run once and asks for itself.
  void examine_once(const step& st) {
    for (const effect& e : unit_.summary_of(st.callee).effects) {
      if (!e.always || !asks_once(e.what, e.properties) || st.entry->translate(e.where) != st.once) continue;
      diagnosis d;
      d.at = st.at;
      d.text = "what '" + text_of(st.once) + "' runs calls it again, and waits for itself";
      d.notes.push_back({e.origin->getBeginLoc(), "called again here"});
      out_.add(std::move(d));
      return;
    }
  }

  void examine_step(const step& st, const lock_problem::state& held, const flow& f) {
    if (st.kind == step_kind::op && st.what == role::lock && st.where && !st.where.is_element() && !st.has(props::recursive)) {
      auto at = held.find(st.where);
      if (at != held.end() && !can_go_on(st.where, at->second.read && st.has(props::shared), f, unit_)) report(st, st.where, at->second, nullptr, out_);
    } else if (st.kind == step_kind::call && st.certain) {
      for (const second_lock& l : locks_again(st.callee, *st.entry, held, f, unit_)) report(st, l.where, held.at(l.where), l.by, out_);
    } else if (const MemberExpr* member = st.kind == step_kind::unknown ? member_called(st.origin) : nullptr) {
      examine_callback(st, *member, held, f);
    }
  }

  // A call of a callback under a lock that all take which this unit ever puts there, of the same object.
  void examine_callback(const step& st, const MemberExpr& member, const lock_problem::state& held, const flow& f) {
    if (!callbacks_) callbacks_.emplace(unit_);
    place object = unit_.places().resolve(member.getBase());
    const kept_callback* first = nullptr;
    std::vector<second_lock> locks;
    for (const kept_callback& k : callbacks_->in(member.getMemberDecl())) {
      auto entry = k.entered_from(object);
      std::vector<second_lock> own = entry ? locks_again(k.body, *entry, held, f, unit_) : std::vector<second_lock>();
      if (own.empty()) return;
      if (!first) first = &k, locks = std::move(own);
    }
    if (!first) return;
    const second_lock& l = locks.front();
    diagnosis d;
    d.at = st.at;
    d.text = "the callback that is called here locks '" + text_of(l.where) + "', which is already held";
    d.notes = {{first->kept->getBeginLoc(), "the callback is put there here"}, {l.by->origin->getBeginLoc(), "locked again here"},
               {held.at(l.where).taken->getBeginLoc(), "locked first here"}};
    out_.add(std::move(d));
  }

  unit& unit_;
  findings& out_;
  std::optional<callbacks> callbacks_;  // found when the first is called
};

void run(unit& u, findings& out) {
  examiner locks(u, out);
  for (const FunctionDecl* f : u.functions_and_callers_of(role::lock))
    if (const flow* fl = u.flow_of(f)) locks.examine(*fl);
}

}  // namespace

extern const check double_lock;
const check double_lock{info, run};

}  // namespace gosan::checks
