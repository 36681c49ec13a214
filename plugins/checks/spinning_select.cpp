#include "model/check.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-spinning-select",
    .title = "a select with a default that does nothing, in a loop",
    .why = "The default makes every turn return at once: the goroutine spins, and takes a whole processor to wait.",
    .wrong = R"(while (running) {
  gosan::select(gosan::recv_case(jobs, work), gosan::default_case());
})",
    .right = R"(while (running) {
  gosan::select(gosan::recv_case(jobs, work));
})",
    .since = "0.1.0",
    .limits = "Only loops that do nothing but the select, and something only when a case of its own has won.",
};

bool is_empty_default(const Expr* e, unit& u) {
  const auto* c = dyn_cast<CallExpr>(strip(e));
  if (!c || u.roles().of(*c).what != role::default_case) return false;
  if (!c->getNumArgs() || isa<CXXDefaultArgExpr>(c->getArg(0))) return true;
  const LambdaExpr* l = lambda_of(c->getArg(0));
  return l && l->getCompoundStmtBody()->body_empty();
}

const Stmt* only_statement(const Stmt* body) {
  const auto* block = dyn_cast_or_null<CompoundStmt>(body);
  return block ? (block->size() == 1 ? block->body_front() : nullptr) : body;
}

bool does_nothing(const Stmt* body) {
  const auto* block = dyn_cast_or_null<CompoundStmt>(body);
  return isa_and_nonnull<NullStmt>(body) || (block && block->body_empty());
}

// `select == n` or `select != n`, with the n.
std::optional<unsigned> compared_to(const Expr* condition, BinaryOperatorKind how, const Expr* select, const ASTContext& ast) {
  const auto* o = condition ? dyn_cast<BinaryOperator>(strip(condition)) : nullptr;
  Expr::EvalResult value;
  if (!o || o->getOpcode() != how || strip(o->getLHS()) != select || o->getRHS()->isValueDependent()) return std::nullopt;
  if (!o->getRHS()->EvaluateAsInt(value, ast)) return std::nullopt;
  return static_cast<unsigned>(value.Val.getInt().getExtValue());
}

// Whether a turn in which the n-th case of the select has won does nothing else.
bool is_idle_turn(const Stmt* loop, const Stmt* body, const Expr* select, unsigned n, const ASTContext& ast) {
  if (const auto* w = dyn_cast<WhileStmt>(loop); w && does_nothing(body)) {
    auto ends = compared_to(w->getCond(), BO_NE, select, ast), goes_on = compared_to(w->getCond(), BO_EQ, select, ast);
    return (ends && *ends != n) || goes_on == n;
  }
  const Stmt* only = only_statement(body);
  if (const auto* i = dyn_cast_or_null<IfStmt>(only); i && !i->getElse() && !i->getInit()) {
    auto named = compared_to(i->getCond(), BO_EQ, select, ast);
    return named && *named != n;
  }
  const auto* e = dyn_cast_or_null<Expr>(only);
  return e && strip(e) == select;
}

const Stmt* body_of(const Stmt* loop) {
  if (const auto* f = dyn_cast<ForStmt>(loop)) return f->getInc() ? nullptr : f->getBody();
  if (const auto* w = dyn_cast<WhileStmt>(loop)) return w->getBody();
  if (const auto* d = dyn_cast<DoStmt>(loop)) return d->getBody();
  return nullptr;
}

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    fl->each([&](const step& st) {
      if (st.kind != step_kind::op || st.what != role::select) return;
      const auto* call = cast<CallExpr>(st.origin);
      const Stmt* loop = fl->loop_around(call);
      if (!loop) return;
      for (unsigned n = 0; n != call->getNumArgs(); ++n) {
        if (!is_empty_default(call->getArg(n), u) || !is_idle_turn(loop, body_of(loop), call, n, u.ast())) continue;
        diagnosis d;
        d.at = call->getArg(n)->getBeginLoc();
        d.range = call->getArg(n)->getSourceRange();
        d.text = "this default makes the loop spin: without it the select waits";
        d.notes.push_back({loop->getBeginLoc(), "the loop does nothing else"});
        SourceLocation from = n ? Lexer::getLocForEndOfToken(call->getArg(n - 1)->getEndLoc(), 0, u.sources(), u.ast().getLangOpts())
                                : SourceLocation();
        SourceLocation to = Lexer::getLocForEndOfToken(call->getArg(n)->getEndLoc(), 0, u.sources(), u.ast().getLangOpts());
        if (from.isValid() && to.isValid() && from.isFileID() && to.isFileID())
          d.fixes.push_back(FixItHint::CreateRemoval(CharSourceRange::getCharRange(from, to)));
        out.add(std::move(d));
      }
    });
  }
}

}  // namespace

extern const check spinning_select;
const check spinning_select{info, run};

}  // namespace gosan::checks
