#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/overlap.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-lock-order",
    .title = "locks are taken in orders that contradict each other",
    .why = "When each of two goroutines holds one of the locks and waits for the other, both wait for ever, and so does whoever "
           "comes next for either lock. Three or four locks in a ring, each taken while the one before is held, do the same.",
    .wrong = R"(void pay() {
  std::lock_guard hold(accounts_);
  std::lock_guard too(log_);
}
void report() {
  std::lock_guard hold(log_);
  std::lock_guard too(accounts_);
})",
    .right = R"(void pay() {
  std::lock_guard hold(accounts_);
  std::lock_guard too(log_);
}
void report() {
  std::scoped_lock hold(accounts_, log_);
})",
    .since = "0.1.0",
    .limits = "Only rings of up to four locks, and only within one translation unit. Members are told apart by name, not by object, where a method or a "
              "parameter uses them, and elements of a container not at all. Orders behind one common lock, and of goroutines that are waited for in between, are in order.",
};

// The same lock; or any of the same container, which may be the same: the other of the pair is then no element.
bool may_be_same(const place& a, const place& b) {
  auto is_parameter = [](const place& p) { return !isa<VarDecl>(p.root) || isa<ParmVarDecl>(p.root); };
  bool one_container = a.is_element() && a.path == b.path && (a.root == b.root || (a.path.size() > 1 && (is_parameter(a) || is_parameter(b))));
  return is_same_lock(a, b) || one_container;
}

// A pointer or an iterator that was got from somewhere: which object it leads to is not known.
bool leads_somewhere(const place& p) {
  const VarDecl* v = p.variable();
  if (!v || isa<ParmVarDecl>(v) || !v->hasLocalStorage() || p.path.empty() || holds_own_object(v)) return false;
  const CXXRecordDecl* c = v->getType()->getAsCXXRecordDecl();
  bool leads_on = c && c->hasDefinition() && llvm::any_of(c->methods(), [](const CXXMethodDecl* m) { return m->getOverloadedOperator() == OO_Arrow; });
  return leads_on || v->getType()->isPointerType();
}

// Locks of two objects of one class, of which both are only known by such a pointer.
bool may_be_one_of_many(const place& a, const place& b) {
  return leads_somewhere(a) && leads_somewhere(b) && a.root != b.root && may_be_one(a, b);
}

// A lock taken while another is held.
struct edge {
  const placed_occurrence* taken;
  place first;
  held_lock hold;
};

std::vector<edge> edges_of(const std::vector<placed_occurrence>& all) {
  std::vector<edge> found;
  for (const placed_occurrence& o : all) {
    if ((o.what.what != role::lock && !asks_once(o.what.what, o.what.properties)) || !o.what.where) continue;
    for (auto& [p, lock] : o.what.held) {
      bool one_guard = lock.taken == o.what.origin;  // std::scoped_lock sees to the order of its own
      if (!one_guard && !(p.is_element() && o.what.where.is_element()) && !is_same_lock(p, o.what.where)) found.push_back({&o, p, lock});
    }
  }
  return found;
}

// Whether both orders are taken behind a lock that keeps them apart.
bool behind_one_lock(const edge& a, const edge& b) {
  return llvm::any_of(a.taken->what.held, [&](auto& one) {
    if (is_same_lock(one.first, a.first)) return false;
    return llvm::any_of(b.taken->what.held, [&](auto& two) {
      return is_same_lock(one.first, two.first) && !(one.second.read && two.second.read) && !is_same_lock(two.first, b.first);
    });
  });
}

bool are_reverse(const edge& a, const edge& b) {
  const place &a_second = a.taken->what.where, &b_second = b.taken->what.where;
  bool first = may_be_same(a.first, b_second), second = may_be_same(b.first, a_second);
  if (first && second) return true;
  // A lock that all share, and one of each object, is an order too.
  return (first && a.first == b_second && may_be_one_of_many(b.first, a_second)) ||
         (second && b.first == a_second && may_be_one_of_many(a.first, b_second));
}

bool can_stop_each_other(const edge& a, const edge& b) {
  auto read = [](const edge& e) { return e.taken->what.has(props::shared); };
  return !(a.hold.read && read(b)) && !(b.hold.read && read(a));
}

bool is_local_to(const place& p, const FunctionDecl* f) {
  const VarDecl* v = p.variable();
  return v && v->hasLocalStorage() && v->getParentFunctionOrMethod() == f && !v->getType()->isReferenceType() && !v->getType()->isPointerType();
}

// Whether the two can happen at the same time. A function that starts nothing may be run by several, but its own variables
// are of one run.
bool can_meet(const edge& a, const edge& b, overlap& o) {
  const placed_occurrence &x = *a.taken, &y = *b.taken;
  bool one_run = x.root == y.root && !x.site && !y.site && (is_local_to(a.first, x.root) || is_local_to(b.first, x.root));
  return !one_run && o.of(x, y);
}

// Of a once it is its function that keeps others waiting.
std::string held_text(const edge& e) { return "'" + text_of(e.first) + "' " + (e.hold.once ? "runs its function" : "is held"); }
std::string begin_text(const edge& e) { return "'" + text_of(e.first) + "' " + (e.hold.once ? "runs its function here" : "is locked here"); }
std::string taken_text(const edge& e) { return "'" + text_of(e.taken->what.where) + (e.taken->what.what == role::lock ? "' is locked here" : "' is called here"); }

// How each edge of a ring but the one that is told of comes about.
void note_edge(const edge& e, const char* begin, diagnosis& d) {
  d.notes.push_back({e.hold.taken->getBeginLoc(), begin + begin_text(e)});
  d.notes.push_back({e.taken->what.origin->getBeginLoc(), "and " + taken_text(e) + ", while " + held_text(e)});
}

void report(const edge& a, const edge& b, unit& u, findings& out) {
  const edge& late = u.sources().isBeforeInTranslationUnit(a.taken->what.origin->getBeginLoc(), b.taken->what.origin->getBeginLoc()) ? b : a;
  const edge& soon = &late == &a ? b : a;
  diagnosis d;
  d.at = late.taken->what.origin->getBeginLoc();
  d.text = taken_text(late) + " while " + held_text(late) + ", and elsewhere the other way round: each can wait for the other";
  d.notes.push_back({late.hold.taken->getBeginLoc(), begin_text(late)});
  note_edge(soon, "the other order: ", d);
  out.add(std::move(d));
}

// Rings of more than two locks: in each edge the lock is taken that the next one holds. A ring that two goroutines could
// close by themselves has been told as a pair.
class ring_finder {
 public:
  ring_finder(const std::vector<edge>& edges, overlap& meeting, findings& out) : edges_(edges), meeting_(meeting), out_(out) {}

  void find() {
    leads_to_.resize(edges_.size());
    for (std::size_t n = 0; n != edges_.size(); ++n)
      for (std::size_t m = 0; m != edges_.size(); ++m)
        if (n != m && waits_for(edges_[n], edges_[m])) leads_to_[n].push_back(m);
    for (std::size_t n = 0; n != edges_.size(); ++n) extend({n});
  }

 private:
  static constexpr std::size_t longest = 4;
  static constexpr unsigned most_steps = 20000;  // of the whole unit

  static bool waits_for(const edge& a, const edge& b) {
    return is_same_lock(a.taken->what.where, b.first) && !(b.hold.read && a.taken->what.has(props::shared));
  }

  // Rings begin with their first edge in the text's order, so that each is found once.
  void extend(const std::vector<std::size_t>& way) {
    for (std::size_t next : leads_to_[way.back()]) {
      if (++steps_ > most_steps) return;
      if (next == way.front() && way.size() > 2) close(way);
      if (next <= way.front() || way.size() == longest || !fits(way, next)) continue;
      std::vector<std::size_t> further = way;
      further.push_back(next);
      extend(further);
    }
  }

  // Each lock once, and all edges at the same time.
  bool fits(const std::vector<std::size_t>& way, std::size_t next) {
    const edge& e = edges_[next];
    return llvm::none_of(way, [&](std::size_t n) {
      const edge& before = edges_[n];
      return may_be_same(before.first, e.first) || are_reverse(before, e) || behind_one_lock(before, e) || behind_one_lock(e, before) ||
             !can_meet(before, e, meeting_);
    });
  }

  void close(const std::vector<std::size_t>& way) {
    std::set<const Decl*> locks;
    for (std::size_t n : way) locks.insert(edges_[n].first.path.empty() ? edges_[n].first.root : edges_[n].first.path.back());
    if (said_.insert(locks).second) tell(way);
  }

  void tell(const std::vector<std::size_t>& way) {
    const edge& last = edges_[way.back()];
    std::string ring;
    for (std::size_t n : way) ring += "'" + text_of(edges_[n].first) + "', ";
    diagnosis d;
    d.at = last.taken->what.origin->getBeginLoc();
    d.text = taken_text(last) + " while " + held_text(last) + ", which closes a ring (" + ring + "and again): each can wait for the next";
    d.notes.push_back({last.hold.taken->getBeginLoc(), begin_text(last)});
    for (std::size_t n : way)
      if (n != way.back()) note_edge(edges_[n], "elsewhere ", d);
    out_.add(std::move(d));
  }

  const std::vector<edge>& edges_;
  overlap& meeting_;
  findings& out_;
  std::vector<std::vector<std::size_t>> leads_to_;
  std::set<std::set<const Decl*>> said_;
  unsigned steps_ = 0;
};

void run(unit& u, findings& out) {
  occurrences found(u);
  auto all = found.all();
  std::vector<edge> edges = edges_of(all);
  std::set<std::pair<const Stmt*, const Stmt*>> said;
  overlap meeting(u);
  for (std::size_t n = 0; n != edges.size(); ++n) {
    for (std::size_t m = n; m != edges.size(); ++m) {
      const edge &a = edges[n], &b = edges[m];
      if (!are_reverse(a, b)) continue;
      if (!can_stop_each_other(a, b) || behind_one_lock(a, b) || !can_meet(a, b, meeting)) continue;
      auto pair = std::minmax(a.taken->what.origin, b.taken->what.origin);
      if (said.insert(pair).second) report(a, b, u, out);
    }
  }
  ring_finder(edges, meeting, out).find();
}

}  // namespace

extern const check lock_order;
const check lock_order{info, run};

}  // namespace gosan::checks
