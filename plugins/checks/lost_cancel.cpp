#include "model/check.hpp"
#include "model/edits.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-lost-cancel",
    .title = "the function that cancels a context is dropped",
    .why = "Nobody can cancel the context any more: goroutines that wait for its done() go on until its parent ends, or for ever.",
    .wrong = R"(auto ctx = gosan::with_cancel(parent).ctx;
gosan::go(serve, ctx);)",
    .right = R"(auto [ctx, cancel] = gosan::with_cancel(parent);
gosan::defer end{[cancel = cancel] { cancel(); }};
gosan::go(serve, ctx);)",
    .since = "0.1.0",
};

class cancel_finder : public RecursiveASTVisitor<cancel_finder> {
 public:
  cancel_finder(unit& u, findings& out) : unit_(u), out_(out) {}
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }

  // `with_cancel(...).ctx`: the rest of the result is gone.
  bool VisitMemberExpr(MemberExpr* m) {
    const auto* call = dyn_cast<CallExpr>(strip(m->getBase()));
    if (!call || unit_.roles().of(*call).what != role::with_cancel) return true;
    if (unit_.roles().of_type(m->getType()).what == role::context) report(call, {}, nullptr);
    return true;
  }

  bool VisitDecompositionDecl(DecompositionDecl* d) {
    const auto* call = d->getInit() ? dyn_cast<CallExpr>(strip(d->getInit())) : nullptr;
    if (!call || unit_.roles().of(*call).what != role::with_cancel) return true;
    for (const BindingDecl* b : d->bindings())
      if (unit_.roles().of_type(b->getType()).what != role::context && !b->isReferenced()) report(call, b->getLocation(), b);
    return true;
  }

  bool VisitCompoundStmt(CompoundStmt* s) {  // the whole result is dropped
    for (const Stmt* one : s->body())
      if (const auto* e = dyn_cast<Expr>(one))
        if (const auto* call = dyn_cast<CallExpr>(strip(e)); call && unit_.roles().of(*call).what == role::with_cancel)
          report(call, {}, nullptr);
    return true;
  }

 private:
  void report(const CallExpr* call, SourceLocation at, const BindingDecl* unused) {
    diagnosis d;
    d.at = at.isValid() ? at : call->getBeginLoc();
    d.text = unused ? "'" + unused->getNameAsString() + "' is never called: nobody can cancel the context"
                    : std::string("the cancel function is dropped: nobody can cancel the context");
    if (unused) {
      SourceLocation end = call->getEndLoc();
      auto after = Lexer::findLocationAfterToken(end, tok::semi, unit_.sources(), unit_.ast().getLangOpts(), false);
      std::string name = unused->getNameAsString();
      if (after.isValid())
        d.fixes.push_back(FixItHint::CreateInsertion(after, "\n" + indentation_at(call->getBeginLoc(), unit_.ast()) + "gosan::defer end_" +
                                                                name + "{[" + name + " = " + name + "] { " + name + "(); }};"));
    }
    out_.add(std::move(d));
  }

  unit& unit_;
  findings& out_;
};

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (u.is_users(f)) cancel_finder(u, out).TraverseStmt(f->getBody());
}

}  // namespace

extern const check lost_cancel;
const check lost_cancel{info, run};

}  // namespace gosan::checks
