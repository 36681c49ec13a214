#include "model/guards.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

using variables_seen = std::set<const Decl*>;

// Variables and fields that s mentions.
void mentioned_in(const Stmt* s, variables_seen& to) {
  if (!s || isa<LambdaExpr>(s)) return;
  if (const auto* r = dyn_cast<DeclRefExpr>(s); r && isa<VarDecl, BindingDecl>(r->getDecl())) to.insert(r->getDecl()->getCanonicalDecl());
  if (const auto* m = dyn_cast<MemberExpr>(s); m && isa<FieldDecl, VarDecl>(m->getMemberDecl())) to.insert(m->getMemberDecl()->getCanonicalDecl());
  for (const Stmt* child : s->children()) mentioned_in(child, to);
}

const Stmt* condition_of(const Stmt* branch) {
  if (const auto* i = dyn_cast<IfStmt>(branch)) return i->getCond();
  if (const auto* w = dyn_cast<SwitchStmt>(branch)) return w->getCond();
  if (const auto* o = dyn_cast<AbstractConditionalOperator>(branch)) return o->getCond();
  if (const auto* o = dyn_cast<BinaryOperator>(branch)) return o->isLogicalOp() ? o->getLHS() : nullptr;
  if (const auto* w = dyn_cast<WhileStmt>(branch)) return w->getCond();
  if (const auto* l = dyn_cast<ForStmt>(branch)) return l->getCond();
  return nullptr;
}

// What the branch may set for others to see: what it assigns.
void assigned_in(const Stmt* s, variables_seen& to) {
  if (!s || isa<LambdaExpr>(s)) return;
  const Expr* target = nullptr;
  if (const auto* o = dyn_cast<BinaryOperator>(s); o && o->isAssignmentOp()) target = o->getLHS();
  if (const auto* o = dyn_cast<UnaryOperator>(s); o && o->isIncrementDecrementOp()) target = o->getSubExpr();
  if (const auto* o = dyn_cast<CXXOperatorCallExpr>(s); o && o->isAssignmentOp()) target = o->getArg(0);
  if (target) mentioned_in(target, to);
  for (const Stmt* child : s->children()) assigned_in(child, to);
}

std::vector<const Stmt*> branches_around(const Stmt* s, const flow& f) {
  std::vector<const Stmt*> found;
  for (const scope* at = f.scope_of(s); at; at = at->outer)
    if (at->what == scope::kind::branch) found.push_back(at->stmt);
  return found;
}

// How many conditions of the body mention each variable and field.
std::map<const Decl*, unsigned> conditions_by_variable(const flow& f) {
  std::map<const Decl*, unsigned> found;
  for (const CFGBlock* b : f.cfg()) {
    const Stmt* t = b ? b->getTerminatorStmt() : nullptr;
    if (!t || isa<BinaryOperator>(t)) continue;  // of && and ||: what they are part of is another's condition
    variables_seen here;
    mentioned_in(condition_of(t), here);
    for (const Decl* d : here) ++found[d];
  }
  return found;
}

}  // namespace

bool may_exclude_each_other(const Stmt* first, const Stmt* second, const flow& f, const unit& u) {
  std::vector<const Stmt*> a = branches_around(first, f), b = branches_around(second, f);
  variables_seen decide, told;
  for (const Stmt* s : a)
    if (!llvm::is_contained(b, s)) mentioned_in(condition_of(s), decide), assigned_in(s, told);
  for (const Stmt* s : b)
    if (!llvm::is_contained(a, s)) mentioned_in(condition_of(s), decide);
  if (decide.empty() && told.empty()) return false;
  if (llvm::any_of(decide, [&](const Decl* d) { return !isa<VarDecl>(d) || u.is_reassigned(d); })) return true;
  auto conditions = conditions_by_variable(f);
  return llvm::any_of(decide, [&](const Decl* d) { return conditions[d] > 1; }) ||
         llvm::any_of(told, [&](const Decl* d) { return conditions[d] != 0; });
}

}  // namespace gosan::checks
