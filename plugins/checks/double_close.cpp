#include "model/closed.hpp"
#include "model/deliveries.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-double-close",
    .title = "a channel is closed twice on one path",
    .why = "The second close panics, and ends the program.",
    .wrong = R"(if (failed()) results.close();
results.close();)",
    .right = R"(results.close();)",
    .since = "0.1.0",
    .limits = "Channels that are members are judged unless something assigns them. Where a flag, or one condition, may decide about "
              "both, nothing is said.",
};

// Whether the loop starts the goroutine in each turn, and surely has several.
bool is_of_each_turn(const Expr* start, const Stmt* loop, const flow& f, unit& u) {
  for (const scope* at = f.scope_of(start); at && at->stmt != loop; at = at->outer)
    if (at->what == scope::kind::branch || at->what == scope::kind::try_block) return false;
  return turns(loop, u.ast()).value_or(0) > 1;
}

// A variable of the function's own, made outside of the loop that starts the goroutine: all of them have the same channel.
bool is_same_for_all(const place& p, const Expr* start, const flow& f, unit& u) {
  const VarDecl* v = p.variable();
  const Stmt* loop = f.loop_around(start);
  bool own = v && p.path.empty() && v->getDeclContext() == &f.function() && !u.is_reassigned(v) && !u.is_loop_variable(v);
  return own && loop && is_of_each_turn(start, loop, f, u) && !f.is_of_same_turn(v, start);
}

// Goroutines of a loop that all close the same channel.
void examine_loops(const FunctionDecl& function, const flow& f, unit& u, findings& out) {
  bool starts = false;
  f.each([&](const step& st) { starts |= st.kind == step_kind::spawn && st.spawned->in_loop; });
  if (!starts) return;
  for (const goroutine_context& c : contexts_of(&function, u)) {
    if (!c.site || !c.site->body || !c.repeated) continue;
    for (const effect& e : c.does.effects) {
      if (e.what != role::close || !e.always || !is_same_for_all(e.where, c.site->expr, f, u) || settles_with_others(c) || calls_unseen(c.site->body, u)) continue;
      diagnosis d;
      d.at = e.origin->getBeginLoc();
      d.text = "'" + text_of(e.where) + "' is closed by every goroutine that the loop starts";
      d.notes.push_back({c.site->expr->getBeginLoc(), "the goroutines start here, in a loop"});
      out.add(std::move(d));
    }
  }
}

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) examine_loops(*f, *fl, u, out);
  each_use_when_closed(u, [&](const step& st, const place& p, const Stmt* first) {
    if (st.what != role::close) return;
    diagnosis d;
    d.at = st.origin->getBeginLoc();
    d.text = "'" + text_of(p) + "' is closed a second time";
    d.notes.push_back({first->getBeginLoc(), first == st.origin ? "closed here in an earlier turn of the loop" : "closed first here"});
    out.add(std::move(d));
  });
}

}  // namespace

extern const check double_close;
const check double_close{info, run};

}  // namespace gosan::checks
