#include "model/occurrences.hpp"

#include "model/unseen.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// The three facts about locks that an occurrence carries, by one pass over the body.
struct lock_state {
  std::map<place, held_lock> held;
  std::map<place, held_lock> passed;
  std::set<place> released;
  std::size_t facts() const { return held.size() + passed.size() + released.size(); }
};

struct history_problem {
  using state = lock_state;
  unit& u;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const {
    lock_problem{u, false}.apply(s.held, st);
    if (st.kind == step_kind::op && st.where) {
      if (st.what == role::lock) s.passed.insert({st.where, {st.has(props::shared), st.has(props::thread), st.origin}});
      if (st.what == role::unlock) s.released.insert(st.where);
    }
    if (st.kind == step_kind::unknown) s.released.insert(st.handed.begin(), st.handed.end());
    if (st.kind != step_kind::call) return;
    for (const effect& e : u.summary_of(st.callee).effects) {
      place p = st.entry->translate(e.where);
      if (!p) continue;
      if (e.what == role::lock)
        s.passed.insert({p, {(e.properties & props::shared) != 0, (e.properties & props::thread) != 0, e.origin}});
      if (e.what == role::unlock) s.released.insert(p);
    }
  }
  bool join(state& into, const state& from) const {
    bool grew = lock_problem{u, false}.join(into.held, from.held);
    for (auto& one : from.passed) grew |= into.passed.insert(one).second;
    for (const place& p : from.released) grew |= into.released.insert(p).second;
    return grew;
  }
};

bool is_of_interest(role r, unsigned properties) {
  if (asks_once(r, properties)) return true;
  switch (r) {
    case role::lock:
    case role::send:
    case role::try_send:
    case role::recv:
    case role::try_recv:
    case role::range:
    case role::close:
    case role::add:
    case role::done:
    case role::wait:
    case role::signal:
    case role::rendezvous:
    case role::cancel:
    case role::block:
      return true;
    default:
      return false;
  }
}

// What a callee does, as its caller's: the caller's locks are held there too, unless the callee gave them up before.
occurrence called(const occurrence& inner, const step& call, const lock_state& outer, bool looped) {
  occurrence o = inner.translated(*call.entry);
  o.at = call.at;
  o.certain &= call.certain;
  o.in_loop |= looped;
  for (auto& one : outer.held)
    if (!o.released.count(one.first)) o.held.insert(one);
  if (call.once) o.held.insert({call.once, {.taken = call.origin, .once = true}});
  o.passed.insert(outer.passed.begin(), outer.passed.end());
  o.released.insert(outer.released.begin(), outer.released.end());
  return o;
}

// What each turn of the loop over a channel locks.
std::map<place, held_lock> locks_between(const Stmt* begin, const flow& f, unit& u) {
  std::map<place, held_lock> found;
  const Stmt* loop = f.range_loop_of(begin);
  if (!loop) return found;
  f.each([&](const step& st) {
    if (!st.origin || !f.is_within(st.origin, loop)) return;
    if (st.kind == step_kind::op && st.what == role::lock && st.where) found.insert({st.where, {st.has(props::shared), st.has(props::thread), st.origin}});
    if (st.kind != step_kind::call || !st.certain) return;
    for (const effect& e : u.summary_of(st.callee).effects)
      if (place p = st.entry->translate(e.where); e.what == role::lock && p)
        found.insert({p, {(e.properties & props::shared) != 0, (e.properties & props::thread) != 0, e.origin}});
  });
  return found;
}

void add(std::vector<occurrence>& to, occurrence o, const flow& f) {
  for (const occurrence& have : to)
    if (have.origin == o.origin && have.what == o.what && have.where == o.where && have.held == o.held && have.passed == o.passed) return;
  if (to.size() != occurrences::most) to.push_back(std::move(o));
  else f.give_up(limit::operations);
}

bool is_concrete(const place& p) {
  return isa_and_nonnull<VarDecl>(p.root) && !isa<ParmVarDecl>(p.root);
}

// Made by two functions, each with an object of its own.
bool are_apart(const place& a, const place& b) {
  const VarDecl *v = a.variable(), *w = b.variable();
  return v && w && v->hasLocalStorage() && w->hasLocalStorage() && v->getDeclContext() != w->getDeclContext() &&
         holds_own_object(v) && holds_own_object(w);
}

const Decl* last_field(const place& p) { return p.path.empty() ? nullptr : p.path.back(); }

}  // namespace

bool occurrence::may_give_up(const place& lock) const {
  if (!has(props::releases)) return false;
  auto leads_elsewhere = [](const Decl* d) {
    const auto* field = dyn_cast_or_null<FieldDecl>(d);
    return field && (field->getType()->isPointerType() || field->getType()->isReferenceType());
  };
  return !gives_up || gives_up == lock || llvm::any_of(gives_up.path, leads_elsewhere);
}

occurrence occurrence::translated(const binding& b) const {
  occurrence o = *this;
  o.where = b.translate(where);
  o.gives_up = b.translate(gives_up);
  o.held.clear();
  o.passed.clear();
  o.released.clear();
  o.between.clear();
  for (auto& [p, lock] : between)
    if (place to = b.translate(p)) o.between.insert({to, lock});
  for (auto& [p, lock] : held)
    if (place to = b.translate(p)) o.held.insert({to, lock});
  for (auto& [p, lock] : passed)
    if (place to = b.translate(p)) o.passed.insert({to, lock});
  for (const place& p : released) o.released.insert(b.translate(p));
  return o;
}

bool is_same_lock(const place& a, const place& b) {
  if (!a || !b || a.is_element() || b.is_element()) return false;
  if (a == b) return true;
  return last_field(a) && last_field(a) == last_field(b) && (!is_concrete(a) || !is_concrete(b));
}

bool may_be_one_lock(const place& a, const place& b) {
  return !a || !b || is_same_lock(a, b) || is_part_of(a, b) || is_part_of(b, a);
}

bool may_be_one(const place& a, const place& b) {
  if (!a || !b) return false;
  if (a == b) return true;
  if (are_apart(a, b)) return false;
  auto container = [](place p) {
    while (!p.path.empty() && !p.path.back()) p.path.pop_back();
    return p;
  };
  place x = container(a), y = container(b);
  return x == y || (last_field(x) && last_field(x) == last_field(y));
}

const std::vector<occurrence>& occurrences::of(const FunctionDecl* f) {
  return known_.of(f, [this](const FunctionDecl* definition) {
    const flow* fl = unit_.flow_of(definition);
    return fl ? compute(*fl) : std::vector<occurrence>{};
  });
}

std::vector<occurrence> occurrences::compute(const flow& f) {
  std::vector<occurrence> out;
  bool any = false;
  f.each([&](const step& st) {
    any |= st.kind == step_kind::op && is_of_interest(st.what, st.properties);
    any |= st.kind == step_kind::call && !unit_.summary_of(st.callee).effects.empty();
  });
  if (!any) return out;
  history_problem problem{unit_};
  solution<history_problem> solved(f, problem);
  if (!solved.complete()) return out;
  solved.each_step([&](const step& st, const lock_state& s) {
    if (st.kind == step_kind::op && is_of_interest(st.what, st.properties)) {
      occurrence o{.what = st.what, .properties = st.properties, .certain = st.certain, .where = st.where,
                   .origin = st.origin, .at = st.at, .held = s.held, .passed = s.passed, .released = s.released};
      if (!st.handed.empty()) o.gives_up = st.handed.front();
      o.in_loop = f.loop_around(st.origin) != nullptr;
      if (st.what == role::range) o.between = locks_between(st.origin, f, unit_);
      add(out, std::move(o), f);
    } else if (st.kind == step_kind::call && !unit_.summary_of(st.callee).effects.empty()) {
      for (const occurrence& inner : of(st.callee)) add(out, called(inner, st, s, f.loop_around(st.origin) != nullptr), f);
    }
  });
  return out;
}

// The end of a goroutine is what its group and its handle wait for.
void occurrences::at_exit(const spawn_site& s, std::vector<occurrence>& to) {
  place waited = s.entry.has(props::counted) ? s.group : s.handle;
  const flow* f = unit_.flow_of(s.body);
  if (!waited || !f) return;
  history_problem problem{unit_};
  solution<history_problem> solved(*f, problem);
  if (!solved.complete()) return;
  solved.each_exit([&](const lock_state& at_end, const CFGBlock& b) {
    occurrence o{.what = role::done, .origin = s.expr, .at = f->leaves_at(b), .held = at_end.held, .passed = at_end.passed};
    o = o.translated(s.bound);
    o.where = waited;
    to.push_back(std::move(o));
  });
}

std::vector<placed_occurrence> occurrences::all() {
  llvm::DenseSet<const FunctionDecl*> called;
  bool locks = false;
  const std::vector<const FunctionDecl*> bodies = unit_.functions_and_callers_of(role::lock);
  for (const FunctionDecl* f : bodies) {
    const flow* fl = unit_.flow_of(f);
    if (!fl) continue;
    fl->each([&](const step& st) {
      if (st.kind == step_kind::call && st.callee) called.insert(st.callee->getCanonicalDecl());
      locks |= st.kind == step_kind::op && st.what == role::lock;
    });
  }
  std::vector<placed_occurrence> out;
  if (!locks) return out;
  for (const FunctionDecl* f : bodies) {
    if (called.count(f->getCanonicalDecl()) || unit_.is_spawned_body(f)) continue;
    for (const goroutine_context& c : contexts_of(f, unit_)) {
      if (c.site && !c.site->body) continue;
      std::vector<occurrence> list;
      for (const occurrence& o : of(c.site ? c.site->body : f)) list.push_back(c.site ? o.translated(c.site->bound) : o);
      if (c.site) at_exit(*c.site, list);
      for (occurrence& o : list) out.push_back({std::move(o), f, c.site, c.repeated});
    }
  }
  return out;
}

}  // namespace gosan::checks
