#include "model/check.hpp"
#include "model/ways_out.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-endless-goroutine",
    .title = "a goroutine loops for ever and has no way to end",
    .why = "Whatever started it cannot get rid of it: each start leaves one more goroutine behind, with all it holds.",
    .wrong = R"(gosan::go([jobs] {
  for (;;) work(*jobs.recv());
});)",
    .right = R"(gosan::go([jobs, ctx] {
  while (gosan::select(gosan::recv_case(jobs, work), gosan::recv_case(ctx.done())) == 0) {}
});)",
    .since = "0.1.0",
    .limits = "A loop that a call leaves by an exception is taken to be endless, unless it stands in a try block, which says that "
              "one is meant to. gosan::go_daemon says that a goroutine is meant to live as long as the program.",
};

// Whether something in the body of a loop leaves it.
bool leaves(const Stmt* body) {
  const ways_out ways = ways_out_of(body);
  return ways.may_end || !ways.all.empty();
}

bool always_true(const Expr* condition, const ASTContext& ast) {
  bool value = false;
  return !condition || (!condition->isValueDependent() && condition->EvaluateAsBooleanCondition(value, ast) && value);
}

class loop_finder : public RecursiveASTVisitor<loop_finder> {
 public:
  loop_finder(unit& u, const spawn_site& s, findings& out) : unit_(u), site_(s), out_(out) {}
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }

  // A loop in a try block is left by an exception: by a receive that throws at the end of the channel, say.
  bool TraverseCXXTryStmt(CXXTryStmt* s) {
    for (unsigned n = 0; n != s->getNumHandlers(); ++n) TraverseStmt(s->getHandler(n));
    return true;
  }

  bool VisitForStmt(ForStmt* s) {
    if (always_true(s->getCond(), unit_.ast()) && !leaves(s->getBody())) report(s);
    return true;
  }
  bool VisitWhileStmt(WhileStmt* s) {
    if (!s->getConditionVariable() && always_true(s->getCond(), unit_.ast()) && !leaves(s->getBody())) report(s);
    return true;
  }
  bool VisitDoStmt(DoStmt* s) {
    if (always_true(s->getCond(), unit_.ast()) && !leaves(s->getBody())) report(s);
    return true;
  }

 private:
  void report(const Stmt* loop) {
    diagnosis d;
    d.at = loop->getBeginLoc();
    d.text = "goroutine never leaves this loop: no return, no break, no look at a context or at the end of a channel";
    d.notes.push_back({site_.expr->getBeginLoc(), "the goroutine starts here"});
    out_.add(std::move(d));
  }

  unit& unit_;
  const spawn_site& site_;
  findings& out_;
};

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    fl->each([&](const step& st) {
      if (st.kind != step_kind::spawn || st.has(props::thread) || st.has(props::daemon) || !u.is_users(st.spawned->body)) return;
      loop_finder(u, *st.spawned, out).TraverseStmt(st.spawned->body->getBody());
      if (const flow* body = u.flow_of(st.spawned->body))
        body->each([&](const step& inner) {
          if (inner.kind == step_kind::call && inner.certain && inner.callee->getBody() && !body->in_try(inner.origin))
            loop_finder(u, *st.spawned, out).TraverseStmt(inner.callee->getBody());
        });
    });
  }
}

}  // namespace

extern const check endless_goroutine;
const check endless_goroutine{info, run};

}  // namespace gosan::checks
