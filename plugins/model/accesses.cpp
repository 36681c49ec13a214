#include "model/accesses.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

class access_finder : public RecursiveASTVisitor<access_finder> {
 public:
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }

  bool VisitBinaryOperator(BinaryOperator* o) {
    if (o->isAssignmentOp()) add(o->getLHS(), true);
    return true;
  }

  bool VisitUnaryOperator(UnaryOperator* o) {
    if (o->isIncrementDecrementOp()) add(o->getSubExpr(), true);
    return true;
  }

  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* o) {
    if (o->getNumArgs() && is_library(o->getArg(0)->getType()) && o->isAssignmentOp()) add(o->getArg(0), true);
    return true;
  }

  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* c) {
    const CXXMethodDecl* m = c->getMethodDecl();
    if (!m || !m->getIdentifier() || !is_library(c->getImplicitObjectArgument()->getType())) return true;
    static constexpr llvm::StringLiteral changing[] = {"push_back", "emplace_back", "pop_back", "insert", "emplace", "erase", "clear",
                                                       "resize",    "assign",       "append",   "push",   "pop",     "swap",  "reset"};
    if (llvm::is_contained(changing, m->getName())) add(c->getImplicitObjectArgument(), true);
    else if (m->getName() == "size" || m->getName() == "empty") add(c->getImplicitObjectArgument(), false);
    return true;
  }

  bool VisitImplicitCastExpr(ImplicitCastExpr* c) {
    if (c->getCastKind() == CK_LValueToRValue) add(c->getSubExpr(), false);
    return true;
  }

  std::vector<variable_access> found;

 private:
  static bool is_library(QualType t) {
    const CXXRecordDecl* c = t.getNonReferenceType()->getAsCXXRecordDecl();
    if (!c || !c->isInStdNamespace() || !c->getIdentifier()) return false;
    static constexpr llvm::StringLiteral plain[] = {"vector", "basic_string", "map", "unordered_map", "set", "unordered_set", "deque",
                                                    "list",   "queue",        "stack", "multimap",    "optional", "priority_queue"};
    return llvm::is_contained(plain, c->getName());
  }

  void add(const Expr* e, bool writes) {
    const auto* r = dyn_cast<DeclRefExpr>(e->IgnoreParenImpCasts());
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    if (v) found.push_back({r, v->getCanonicalDecl(), writes});
  }
};

}  // namespace

std::vector<variable_access> accesses_in(const Stmt* body) {
  access_finder f;
  f.TraverseStmt(const_cast<Stmt*>(body));
  return std::move(f.found);
}

}  // namespace gosan::checks
