#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/edits.hpp"
#include "model/joins.hpp"
#include "model/occurrences.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-add-in-goroutine",
    .title = "a goroutine counts itself in, racing with the wait",
    .why = "wait() that comes before the goroutine has got as far as add() finds a counter of zero, and returns at once.",
    .wrong = R"(gosan::go([&group] {
  group.add(1);
  work();
  group.done();
});
group.wait();)",
    .right = R"(group.add(1);
gosan::go([&group] {
  work();
  group.done();
});
group.wait();)",
    .since = "0.1.0",
    .limits = "A goroutine that is counted already may count in more: that is in order. So is one that counts itself in under a lock "
              "which whoever waits has taken before, and so can have told it not to, and one that has been waited for by other means.",
};

// Whether the start of the goroutine is a statement of its own, so that another can stand before it.
bool is_statement(const Expr* e, const Stmt* in) {
  if (!in) return false;
  for (const Stmt* child : in->children()) {
    if (!child) continue;
    if (isa<CompoundStmt>(in))
      if (const auto* x = dyn_cast<Expr>(child); x && strip(x) == e) return true;
    if (is_statement(e, child)) return true;
  }
  return false;
}

std::vector<FixItHint> moved(const effect& add, const spawn_site& s, const flow& f, unit& u) {
  const auto* call = dyn_cast<CXXMemberCallExpr>(add.origin);
  const flow* body = u.flow_of(s.body);
  if (!call || !s.lambda || !body || !body->scope_of(call) || !is_statement(s.expr, f.function().getBody())) return {};
  if (call->getNumArgs() && !call->getArg(0)->isDefaultArgument() && !isa<IntegerLiteral>(call->getArg(0)->IgnoreParenImpCasts())) return {};
  auto removal = remove_statement(*call, u.ast());
  if (!removal || s.expr->getBeginLoc().isMacroID()) return {};
  std::string text = text_of_expr(*call, u.ast()) + ";\n" + indentation_at(s.expr->getBeginLoc(), u.ast());
  return {*removal, FixItHint::CreateInsertion(s.expr->getBeginLoc(), text)};
}

// Whether the add happens under a lock that each wait comes behind.
bool is_behind_a_lock(const effect& add, const spawn_site& s, const flow& f, occurrences& all) {
  std::map<place, held_lock> held;
  for (const occurrence& o : all.of(s.body))
    if (o.what == role::add && o.origin == add.origin) held = o.translated(s.bound).held;
  return llvm::all_of(all.of(&f.function()), [&](const occurrence& w) {
    if (w.what != role::wait || !(w.where == add.where)) return true;
    return llvm::any_of(w.passed, [&](auto& one) {
      return llvm::any_of(held, [&](auto& two) { return is_same_lock(one.first, two.first); });
    });
  });
}

struct joined_ways {
  joined_ways(const flow& f, unit& u) : problem(f, u), solved(f, problem) {}
  joins problem;
  solution<joins> solved;
};

// Whether a wait on the group can come while the goroutine runs: not when something else has waited for its end before.
bool is_waited_meanwhile(const place& group, const step& start, const joins& problem, const solution<joins>& solved, unit& u) {
  unsigned n = problem.index_of(start);
  bool found = n == joins::most || !solved.complete();
  solved.each_step([&](const step& st, const joins::state& running) {
    if (found || !running[n]) return;
    if (st.kind == step_kind::op) found = st.what == role::wait && st.where == group;
    if (st.kind == step_kind::call)
      found = llvm::any_of(u.summary_of(st.callee).effects,
                           [&](const effect& e) { return e.what == role::wait && st.entry->translate(e.where) == group; });
  });
  return found;
}

void examine(const flow& f, unit& u, occurrences& all, findings& out) {
  std::set<place> counted_here, waited;
  f.each([&](const step& st) {
    if (st.kind == step_kind::op && st.what == role::add) counted_here.insert(st.where);
    if (st.kind == step_kind::op && st.what == role::wait) waited.insert(st.where);
    if (st.kind == step_kind::call)
      for (const effect& e : u.summary_of(st.callee).effects) {
        if (e.what == role::add) counted_here.insert(st.entry->translate(e.where));
        if (e.what == role::wait) waited.insert(st.entry->translate(e.where));
      }
    if (st.kind == step_kind::unknown) counted_here.insert(st.handed.begin(), st.handed.end());
    if (st.kind == step_kind::spawn && st.has(props::counted)) counted_here.insert(st.spawned->group);
  });
  std::optional<joined_ways> ways;
  f.each([&](const step& st) {
    if (st.kind != step_kind::spawn || !st.spawned->body) return;
    for (const effect& e : u.effects_of(*st.spawned).effects) {
      if (e.what != role::add || !e.where || counted_here.count(e.where) || !waited.count(e.where)) continue;
      if (is_behind_a_lock(e, *st.spawned, f, all)) continue;
      if (!ways) ways.emplace(f, u);
      if (!is_waited_meanwhile(e.where, st, ways->problem, ways->solved, u)) continue;
      diagnosis d;
      d.at = e.origin->getBeginLoc();
      std::string name = text_of(e.where);
      d.text = "goroutine counts itself in: wait() on '" + name + "' may come first, and return at once";
      d.notes.push_back({st.at, "add() belongs here, before the goroutine starts"});
      d.fixes = moved(e, *st.spawned, f, u);
      out.add(std::move(d));
    }
  });
}

void run(unit& u, findings& out) {
  occurrences all(u);
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) examine(*fl, u, all, out);
}

}  // namespace

extern const check add_in_goroutine;
const check add_in_goroutine{info, run};

}  // namespace gosan::checks
