#include "model/throwing.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

// A failed assertion, or no memory.
bool is_meant_to_end(const CXXThrowExpr* t) {
  const CXXRecordDecl* c = t->getSubExpr()->getType()->getAsCXXRecordDecl();
  return c && c->isInStdNamespace() && c->getIdentifier() && (c->getName() == "logic_error" || c->getName() == "bad_alloc");
}

// `pointer->` and `*pointer`: what a pointer class throws of itself when it is null is an assertion as well.
bool is_access(const CallExpr* c) {
  const auto* o = dyn_cast<CXXOperatorCallExpr>(c);
  return o && (o->getOperator() == OO_Arrow || (o->getOperator() == OO_Star && o->getNumArgs() == 1));
}

std::optional<bool> value_of(const Expr* e, const throw_finder::flags& known) {
  if (const auto* d = dyn_cast<CXXDefaultArgExpr>(e)) e = d->getExpr();
  e = e->IgnoreParenImpCasts();
  if (const auto* b = dyn_cast<CXXBoolLiteralExpr>(e)) return b->getValue();
  if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_LNot) {
    auto inner = value_of(u->getSubExpr(), known);
    return inner ? std::optional(!*inner) : std::nullopt;
  }
  const auto* r = dyn_cast<DeclRefExpr>(e);
  auto at = known.find(r ? dyn_cast<ParmVarDecl>(r->getDecl()) : nullptr);
  return at == known.end() ? std::nullopt : std::optional(at->second);
}

// The `throw;` of a handler.
const CXXThrowExpr* thrown_on(const Stmt* s, const throw_finder::flags& known) {
  if (!s || isa<LambdaExpr>(s) || isa<CXXTryStmt>(s)) return nullptr;
  if (const auto* t = dyn_cast<CXXThrowExpr>(s); t && !t->getSubExpr()) return t;
  if (const auto* i = dyn_cast<IfStmt>(s))
    if (auto value = value_of(i->getCond(), known)) return thrown_on(*value ? i->getThen() : i->getElse(), known);
  for (const Stmt* child : s->children())
    if (const CXXThrowExpr* t = thrown_on(child, known)) return t;
  return nullptr;
}

}  // namespace

bool is_by_macro_of_others(const Stmt* at, const unit& u) {
  const SourceLocation l = at->getBeginLoc();
  if (!l.isMacroID()) return false;
  const SourceManager& sm = u.sources();
  SourceLocation spelled = l;
  while (spelled.isMacroID() && !sm.isMacroArgExpansion(spelled)) spelled = sm.getImmediateSpellingLoc(spelled);
  return !spelled.isMacroID() && sm.getFileID(spelled) != sm.getFileID(sm.getExpansionLoc(l));
}

const CXXThrowExpr* throw_finder::in(const FunctionDecl* f, const flags& known) {
  if (!unit_.is_users(f)) return nullptr;
  f = f->getDefinition();
  auto [at, fresh] = found_.try_emplace({f, known}, nullptr);
  if (!fresh) return at->second;
  if (const auto* type = f->getType()->getAs<FunctionProtoType>(); type && type->isNothrow()) return nullptr;
  const CXXThrowExpr* found = nullptr;
  each(f->getBody(), known, [&](const Stmt*, const CXXThrowExpr* t) { found = found ? found : t; });
  return found_[{f, known}] = found;
}

void throw_finder::each(const Stmt* s, const flags& known, visitor f) {
  if (!s || isa<LambdaExpr>(s)) return;
  if (const auto* t = dyn_cast<CXXTryStmt>(s)) return past(*t, known, f);
  if (const auto* i = dyn_cast<IfStmt>(s))
    if (auto taken = value_of(i->getCond(), known)) return each(*taken ? i->getThen() : i->getElse(), known, f);
  if (const auto* t = dyn_cast<CXXThrowExpr>(s); t && t->getSubExpr() && !is_meant_to_end(t)) f(t, t);
  if (const auto* c = dyn_cast<CallExpr>(s); c && c->getDirectCallee() && !is_access(c) && unit_.roles().of(*c).what == role::none)
    if (const CXXThrowExpr* t = in(c->getDirectCallee(), flags_of(*c, known))) f(c, t);
  for (const Stmt* child : s->children()) each(child, known, f);
}

// What no handler takes, what one takes and throws on, and what the handlers themselves throw.
void throw_finder::past(const CXXTryStmt& t, const flags& known, visitor f) {
  std::set<const CXXThrowExpr*> on;
  auto taken = [&](const Stmt* at, const CXXThrowExpr* thrown) {
    const CXXCatchStmt* h = handler_taking(*thrown, t);
    if (!h) return f(at, thrown);
    const CXXThrowExpr* again = thrown_on(h->getHandlerBlock(), known);
    if (again && on.insert(again).second) f(again, thrown);
  };
  each(t.getTryBlock(), known, taken);
  for (unsigned n = 0; n != t.getNumHandlers(); ++n) each(t.getHandler(n)->getHandlerBlock(), known, f);
}

throw_finder::flags throw_finder::flags_of(const CallExpr& c, const flags& known) const {
  flags out;
  const FunctionDecl* f = c.getDirectCallee()->getDefinition();
  if (!f || isa<CXXOperatorCallExpr>(c)) return out;
  for (unsigned n = 0; n != f->getNumParams() && n != c.getNumArgs(); ++n) {
    const ParmVarDecl* p = f->getParamDecl(n);
    if (p->getType()->isBooleanType() && !unit_.is_reassigned(p))
      if (auto value = value_of(c.getArg(n), known)) out[p] = *value;
  }
  return out;
}

}  // namespace gosan::checks
