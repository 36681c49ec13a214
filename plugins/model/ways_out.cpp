#include "model/ways_out.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

class finder : public RecursiveASTVisitor<finder> {
 public:
  bool VisitReturnStmt(ReturnStmt* s) { return add(s); }
  bool VisitCoreturnStmt(CoreturnStmt* s) { return add(s); }
  bool VisitGotoStmt(GotoStmt* s) { return add(s); }
  bool VisitCXXThrowExpr(CXXThrowExpr* s) { return add(s); }
  bool VisitBreakStmt(BreakStmt* s) { return within_ != 0 || add(s); }
  bool VisitCXXTryStmt(CXXTryStmt*) { return found.tries = true; }
  bool VisitCallExpr(CallExpr* c) {
    const FunctionDecl* f = c->getDirectCallee();
    found.may_end |= f && f->isNoReturn();
    return true;
  }
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }
  bool TraverseForStmt(ForStmt* s) { return inner([&] { return RecursiveASTVisitor::TraverseForStmt(s); }); }
  bool TraverseWhileStmt(WhileStmt* s) { return inner([&] { return RecursiveASTVisitor::TraverseWhileStmt(s); }); }
  bool TraverseDoStmt(DoStmt* s) { return inner([&] { return RecursiveASTVisitor::TraverseDoStmt(s); }); }
  bool TraverseSwitchStmt(SwitchStmt* s) { return inner([&] { return RecursiveASTVisitor::TraverseSwitchStmt(s); }); }
  bool TraverseCXXForRangeStmt(CXXForRangeStmt* s) { return inner([&] { return RecursiveASTVisitor::TraverseCXXForRangeStmt(s); }); }
  bool TraverseIfStmt(IfStmt* s) {
    conditions_.push_back(s->getCond());
    bool on = RecursiveASTVisitor::TraverseIfStmt(s);
    conditions_.pop_back();
    return on;
  }

  ways_out found;

 private:
  bool add(const Stmt* s) {
    found.all.push_back({s, conditions_});
    return true;
  }
  template <class F>
  bool inner(F f) {
    ++within_;
    bool on = f();
    --within_;
    return on;
  }

  int within_ = 0;  // loops and switches that a break would leave
  std::vector<const Expr*> conditions_;
};

}  // namespace

ways_out ways_out_of(const Stmt* body) {
  finder f;
  f.TraverseStmt(const_cast<Stmt*>(body));
  return std::move(f.found);
}

}  // namespace gosan::checks
