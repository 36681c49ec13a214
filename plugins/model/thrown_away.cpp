#include "model/thrown_away.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

class statement_finder : public RecursiveASTVisitor<statement_finder> {
 public:
  explicit statement_finder(unit& u) : unit_(u) {}

  bool TraverseDecl(Decl* d) { return unit_.is_of_others(d) || RecursiveASTVisitor::TraverseDecl(d); }

  bool VisitCompoundStmt(CompoundStmt* s) {
    for (const Stmt* one : s->body())
      if (const auto* e = dyn_cast<Expr>(one))
        if (const auto* c = dyn_cast<CallExpr>(strip(e)); c && c->getDirectCallee()) found.push_back(c);
    return true;
  }
  std::vector<const CallExpr*> found;

 private:
  unit& unit_;
};

}  // namespace

std::vector<const CallExpr*> calls_thrown_away(unit& u) {
  statement_finder calls(u);
  calls.TraverseDecl(u.ast().getTranslationUnitDecl());
  return std::move(calls.found);
}

}  // namespace gosan::checks
