#include "model/flow_builder.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool is_pointer(QualType t) {
  const CXXRecordDecl* c = t->getAsCXXRecordDecl();
  return t->isPointerType() || (c && c->isInStdNamespace() && c->getIdentifier() && c->getName() == "shared_ptr");
}

}  // namespace

bool is_loop(const Stmt* s) {
  return isa<ForStmt>(s) || isa<WhileStmt>(s) || isa<DoStmt>(s) || isa<CXXForRangeStmt>(s);
}

const scope* flow_builder::push(scope s) {
  flow_.all_scopes_.push_back(std::make_unique<scope>(s));
  return flow_.all_scopes_.back().get();
}

const scope* flow_builder::walk(const Stmt* s, const scope* around) {
  if (!s) return around;
  if (around) flow_.scopes_[s] = around;
  if (const auto* d = dyn_cast<DeclStmt>(s)) return walk_declarations(d, around);
  if (const auto* l = dyn_cast<LambdaExpr>(s)) {
    walk_lambda(l, around);
  } else if (const auto* c = dyn_cast<CompoundStmt>(s)) {
    const scope* inner = around;
    for (const Stmt* one : c->body()) inner = walk(one, inner);
  } else if (const auto* t = dyn_cast<CXXTryStmt>(s)) {
    walk_try(t, around);
  } else if (const auto* i = dyn_cast<IfStmt>(s)) {
    walk_if(i, around);
  } else if (is_loop(s)) {
    walk_loop(s, around);
  } else {
    walk_others(s, around);
  }
  return around;
}

void flow_builder::walk_lambda(const LambdaExpr* l, const scope* around) {
  for (const Expr* init : l->capture_inits()) walk(init, around);
  for (const LambdaCapture& c : l->captures())
    if (c.getCaptureKind() == LCK_This)
      shares_this_ = true;
    else if (c.capturesVariable() && (c.getCaptureKind() == LCK_ByRef || is_pointer(c.getCapturedVar()->getType())))
      shared_.insert(c.getCapturedVar()->getCanonicalDecl());
}

const scope* flow_builder::walk_declarations(const DeclStmt* d, const scope* around) {
  for (const Decl* one : d->decls()) {
    const auto* v = dyn_cast<VarDecl>(one);
    if (!v) continue;
    walk(v->getInit(), around);
    around = push({scope::kind::variable, nullptr, v, around});
  }
  return around;
}

void flow_builder::walk_try(const CXXTryStmt* t, const scope* around) {
  walk(t->getTryBlock(), push({scope::kind::try_block, t, nullptr, around}));
  for (unsigned n = 0; n != t->getNumHandlers(); ++n) walk(t->getHandler(n), push({scope::kind::branch, t, nullptr, around}));
}

void flow_builder::walk_if(const IfStmt* i, const scope* around) {
  const scope* inner = walk(i->getInit(), around);
  if (i->getConditionVariableDeclStmt()) inner = walk(i->getConditionVariableDeclStmt(), inner);
  walk(i->getCond(), inner);
  inner = push({scope::kind::branch, i, nullptr, inner});
  walk(i->getThen(), inner);
  walk(i->getElse(), inner);
}

void flow_builder::walk_loop(const Stmt* s, const scope* around) {
  const scope* inner = around;
  if (const auto* f = dyn_cast<ForStmt>(s)) {
    inner = walk(f->getInit(), inner);
    inner = push({scope::kind::loop, s, nullptr, inner});
    walk(f->getCond(), inner);
    walk(f->getInc(), inner);
    walk(f->getBody(), inner);
  } else if (const auto* r = dyn_cast<CXXForRangeStmt>(s)) {
    inner = walk(r->getInit(), inner);
    inner = walk(r->getRangeStmt(), inner);
    inner = walk(r->getBeginStmt(), inner);
    inner = walk(r->getEndStmt(), inner);
    inner = push({scope::kind::loop, s, nullptr, inner});
    walk(r->getCond(), inner);
    walk(r->getInc(), inner);
    inner = walk(r->getLoopVarStmt(), inner);
    walk(r->getBody(), inner);
  } else {
    inner = push({scope::kind::loop, s, nullptr, inner});
    for (const Stmt* child : s->children()) walk(child, inner);
  }
}

void flow_builder::walk_others(const Stmt* s, const scope* around) {
  const Stmt* condition = nullptr;  // is evaluated whatever follows
  if (const auto* w = dyn_cast<SwitchStmt>(s)) condition = w->getCond();
  if (const auto* o = dyn_cast<ConditionalOperator>(s)) condition = o->getCond();
  if (condition) walk(condition, around);
  const scope* inner = around;
  if (condition || isa<BinaryConditionalOperator>(s)) inner = push({scope::kind::branch, s, nullptr, around});
  for (const Stmt* child : s->children())
    if (child != condition) inner = walk(child, inner);
}

}  // namespace gosan::checks
