#include "model/settling.hpp"

#include <clang/AST/ParentMapContext.h>

namespace gosan::checks {

using namespace clang;

namespace {

// Whether the value of an expression goes anywhere.
bool is_used(const Expr* e, ASTContext& ast) {
  const Stmt* below = e;
  for (DynTypedNodeList parents = ast.getParents(*below); !parents.empty(); parents = ast.getParents(*below)) {
    const Stmt* p = parents[0].get<Stmt>();
    if (!p) return true;  // a variable is made from it
    if (isa<CompoundStmt>(p) || isa<SwitchCase>(p) || isa<LabelStmt>(p)) return false;
    if (const auto* i = dyn_cast<IfStmt>(p)) return below == i->getCond();
    if (const auto* w = dyn_cast<WhileStmt>(p)) return below == w->getCond();
    if (const auto* d = dyn_cast<DoStmt>(p)) return below == d->getCond();
    if (const auto* f = dyn_cast<ForStmt>(p)) return below == f->getCond();
    if (!isa<CastExpr>(p) && !isa<ParenExpr>(p) && !isa<FullExpr>(p)) return true;
    below = p;
  }
  return true;
}

}  // namespace

bool settles_by_atomics(const FunctionDecl* f, unit& u, int depth) {
  const flow* fl = depth < 4 ? u.flow_of(f) : nullptr;
  bool found = false;
  if (fl) fl->each([&](const step& st) {
    const auto* call = st.kind == step_kind::op && st.what == role::signal ? dyn_cast<Expr>(st.origin) : nullptr;
    if (call && !call->getType()->isVoidType()) found |= is_used(call, u.ast());
    if (st.kind == step_kind::call && !found) found = settles_by_atomics(st.callee, u, depth + 1);
  });
  return found;
}

}  // namespace gosan::checks
