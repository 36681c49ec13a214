#include "model/handover.hpp"

#include "model/dataflow.hpp"
#include "model/joins.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// A receive, or a wait that ends only when it has been told: not a look at how things stand, nor one with a time or a condition's.
bool waits_until_told(role what, unsigned properties) {
  return is_waiting(what) && what != role::rendezvous && !(properties & (props::query_only | props::releases | props::timed));
}

// Awaited on every path, told on some.
struct course_state {
  std::set<place> awaited, told;
  std::size_t facts() const { return awaited.size() + told.size(); }
};

struct course_problem {
  using state = course_state;
  unit& u;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::op && st.where) note(s, st.what, st.properties, st.where, st.certain);
    if (st.kind == step_kind::unknown) s.told.insert(st.handed.begin(), st.handed.end());
    if (st.kind != step_kind::call) return;
    const summary& does = u.summary_of(st.callee);
    for (const effect& e : does.effects)
      if (place p = st.entry->translate(e.where)) note(s, e.what, e.properties, p, st.certain && e.always);
    for (const place& p : does.escapes)
      if (place here = st.entry->translate(p)) s.told.insert(here);
  }
  bool join(state& into, const state& from) const {
    std::size_t awaited = into.awaited.size(), told = into.told.size();
    std::erase_if(into.awaited, [&](const place& p) { return !from.awaited.count(p); });
    into.told.insert(from.told.begin(), from.told.end());
    return into.awaited.size() != awaited || into.told.size() != told;
  }

 private:
  static void note(state& s, role what, unsigned properties, const place& p, bool surely) {
    if (surely && waits_until_told(what, properties)) s.awaited.insert(p);
    if (is_signalling(what)) s.told.insert(p);
  }
};

bool is_own_of(const place& p, const FunctionDecl* root) {
  const VarDecl* v = p.variable();
  return v && p.path.empty() && v->hasLocalStorage() && v->getParentFunctionOrMethod() == root && !isa<ParmVarDecl>(v);
}

bool ends_for(const placed_occurrence& o, const place& p) {
  return o.site && (o.site->entry.has(props::counted) ? o.site->group == p : o.site->handle && o.site->handle == p);
}

bool tells(const goroutine_context& c, const place& p, bool by_done_only = false) {
  return llvm::any_of(c.does.effects, [&](const effect& e) {
    return e.where == p && (by_done_only ? e.what == role::done : is_signalling(e.what));
  });
}

bool is_it(const goroutine_context& c, const placed_occurrence& o) {
  return (c.site ? c.site->expr : nullptr) == o.start();
}

}  // namespace

const handovers::course* handovers::course_of(const placed_occurrence& o) {
  auto [at, fresh] = courses_.try_emplace({o.root, o.start()});
  if (!fresh) return at->second.get();
  const FunctionDecl* body = o.site ? o.site->body : o.root;
  const flow* f = body ? unit_.flow_of(body) : nullptr;
  if (!f) return nullptr;
  course_problem problem{unit_};
  solution<course_problem> solved(*f, problem);
  if (!solved.complete()) return nullptr;
  auto as_root_sees = [&](const place& p) { return o.site ? o.site->bound.translate(p) : p; };
  course found;
  solved.each_step([&](const step& st, const course_state& before) {
    std::set<place> here;
    for (const place& p : before.awaited) here.insert(as_root_sees(p));
    auto [known, first] = found.awaited.try_emplace(st.at, here);
    if (!first) std::erase_if(known->second, [&](const place& p) { return !here.count(p); });
    for (const place& p : before.told) found.told[st.at].insert(as_root_sees(p));
  });
  at->second = std::make_unique<course>(std::move(found));
  return at->second.get();
}

const std::vector<goroutine_context>& handovers::contexts(const FunctionDecl* root) {
  auto [at, fresh] = contexts_.try_emplace(root);
  if (fresh) at->second = contexts_of(root, unit_);
  return at->second;
}

bool handovers::is_only_teller(const place& p, const placed_occurrence& o) {
  if (o.repeated || escapes(p.variable(), o.root->getBody(), unit_)) return false;
  const auto& all = contexts(o.root);
  return llvm::all_of(all, [&](const goroutine_context& c) { return is_it(c, o) || !tells(c, p); });
}

// A group that nobody has been added to lets its waiter through.
bool handovers::is_counted_before(const place& group, const placed_occurrence& counted, const placed_occurrence& waits) {
  if (!waits.site || escapes(group.variable(), counted.root->getBody(), unit_)) return false;
  auto before_waiter = [&](const Stmt* s) {
    return unit_.sources().isBeforeInTranslationUnit(s->getBeginLoc(), waits.start()->getBeginLoc());
  };
  if (counted.site && counted.site->entry.has(props::counted) && counted.site->group == group) return before_waiter(counted.start());
  bool any = false;
  for (const goroutine_context& c : contexts(counted.root))
    for (const effect& e : c.does.effects) {
      if (e.what != role::add || e.where != group) continue;
      any = true;
      if (c.site || !before_waiter(e.origin)) return false;
    }
  return any;
}

bool handovers::tells_only_after(const place& p, const placed_occurrence& soon, const placed_occurrence& late) {
  if (soon.site && soon.site->handle == p) return true;  // joined
  if (!is_own_of(p, soon.root)) return false;
  const course* c = course_of(soon);
  if (!c) return false;
  if (auto at = c->told.find(soon.what.at); at != c->told.end() && at->second.count(p)) return false;
  if (ends_for(soon, p)) return is_counted_before(p, soon, late);
  const auto& all = contexts(soon.root);
  auto self = llvm::find_if(all, [&](const goroutine_context& g) { return is_it(g, soon); });
  if (self == all.end() || !tells(*self, p)) return false;
  return tells(*self, p, true) ? is_counted_before(p, soon, late) : is_only_teller(p, soon);
}

bool handovers::in_order(const placed_occurrence& soon, const placed_occurrence& late) {
  if (soon.root != late.root || soon.start() == late.start()) return false;
  const course* c = course_of(late);
  if (!c) return false;
  auto at = c->awaited.find(late.what.at);
  return at != c->awaited.end() &&
         llvm::any_of(at->second, [&](const place& p) { return p && tells_only_after(p, soon, late); });
}

}  // namespace gosan::checks
