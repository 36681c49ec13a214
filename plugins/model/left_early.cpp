#include "model/left_early.hpp"

#include "model/deliveries.hpp"
#include "model/throwing.hpp"
#include "model/unseen.hpp"
#include "model/ways_out.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr int deepest = 3;

const Stmt* body_of(const Stmt* loop) {
  if (const auto* f = dyn_cast<ForStmt>(loop)) return f->getBody();
  if (const auto* w = dyn_cast<WhileStmt>(loop)) return w->getBody();
  if (const auto* r = dyn_cast<CXXForRangeStmt>(loop)) return r->getBody();
  return nullptr;
}

// A sender that catches exceptions in its loop may stop by what it catches.
bool is_left(const Stmt* loop) {
  const ways_out ways = ways_out_of(body_of(loop));
  return ways.tries || !ways.all.empty();
}

// Variables that something within changes.
class changes : public RecursiveASTVisitor<changes> {
 public:
  bool VisitUnaryOperator(UnaryOperator* o) { return !o->isIncrementDecrementOp() || add(o->getSubExpr()); }
  bool VisitBinaryOperator(BinaryOperator* o) { return !o->isAssignmentOp() || add(o->getLHS()); }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* c) {
    bool changing = c->isAssignmentOp() || c->getOperator() == OO_PlusPlus || c->getOperator() == OO_MinusMinus;
    return !changing || !c->getNumArgs() || add(c->getArg(0));
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* c) {
    return !c->getMethodDecl() || c->getMethodDecl()->isConst() || add(c->getImplicitObjectArgument());
  }
  std::set<const Decl*> found;

 private:
  bool add(const Expr* e) {
    while (const auto* m = dyn_cast<MemberExpr>(strip(e))) {
      found.insert(m->getMemberDecl()->getCanonicalDecl());
      e = m->getBase();
    }
    if (const auto* r = dyn_cast<DeclRefExpr>(strip(e))) found.insert(r->getDecl()->getCanonicalDecl());
    return true;
  }
};

class uses : public RecursiveASTVisitor<uses> {
 public:
  bool VisitDeclRefExpr(DeclRefExpr* r) {
    found.insert(r->getDecl()->getCanonicalDecl());
    return true;
  }
  bool VisitMemberExpr(MemberExpr* m) {
    found.insert(m->getMemberDecl()->getCanonicalDecl());
    return true;
  }
  std::set<const Decl*> found;
};

// Whether a condition looks at what the loop itself changes: a count, a sum, a flag.
bool is_counted(const way_out& w, const std::set<const Decl*>& changed) {
  return llvm::any_of(w.conditions, [&](const Expr* c) {
    uses named;
    named.TraverseStmt(const_cast<Expr*>(c));
    return llvm::any_of(named.found, [&](const Decl* d) { return changed.count(d) != 0; });
  });
}

// The send of a loop that nothing leaves, in the body or in what it calls on its straight way.
std::optional<steady_sender> steady_send(const FunctionDecl* body, const place& own, unit& u, int depth = 0) {
  const flow* f = body && own && depth < deepest ? u.flow_of(body) : nullptr;
  std::optional<steady_sender> found;
  if (!f) return found;
  f->each([&](const step& st) {
    if (found || !st.certain || !st.origin || st.has(props::one_of_many)) return;
    const Stmt* loop = f->loop_around(st.origin);
    if (st.kind == step_kind::op && st.what == role::send && st.where == own) {
      bool steady = loop && body_of(loop) && !f->loop_around(loop) && is_in_each_turn(st.origin, loop, *f) && !is_left(loop);
      if (steady) found = {st.origin, nullptr, turns(loop, u.ast())};
    } else if (st.kind == step_kind::call && !loop && !f->is_conditional(st.origin)) {
      found = steady_send(st.callee, name_within(st.callee, *st.entry, own, u), u, depth + 1);
    }
  });
  return found;
}

}  // namespace

namespace {

// The statements of the innermost block around something.
const CompoundStmt* block_around(const Stmt* s, const Stmt* what) {
  for (const Stmt* child : s->children())
    if (contains(child, what)) {
      const CompoundStmt* inner = block_around(child, what);
      return inner ? inner : dyn_cast<CompoundStmt>(s);
    }
  return nullptr;
}

// A break there leaves the switch only.
bool is_in_switch(const Stmt* within, const Stmt* what) {
  return llvm::any_of(within->children(), [&](const Stmt* c) { return contains(c, what) && (isa<SwitchStmt>(c) || is_in_switch(c, what)); });
}

}  // namespace

bool leaves_its_loop(const Stmt* operation, const flow& f, unit& u, int depth) {
  if (f.scope_of(operation)) {
    const Stmt* loop = f.loop_around(operation);
    const CompoundStmt* block = loop ? block_around(loop, operation) : nullptr;
    const Stmt* last = block && !block->body_empty() ? block->body_back() : nullptr;
    return !loop || isa_and_nonnull<ReturnStmt>(last) || isa_and_nonnull<CoreturnStmt>(last) ||
           (isa_and_nonnull<BreakStmt>(last) && !is_in_switch(loop, operation));
  }
  bool found = false;
  f.each([&](const step& st) {
    const flow* callee = !found && depth < deepest && st.kind == step_kind::call && !f.loop_around(st.origin) ? u.flow_of(st.callee) : nullptr;
    found |= callee && leaves_its_loop(operation, *callee, u, depth + 1);
  });
  return found;
}

std::optional<steady_sender> steady_sender_of(const place& channel, const std::vector<goroutine_context>& contexts, unit& u) {
  const goroutine_context* only = nullptr;
  for (const goroutine_context& c : contexts) {
    if (llvm::none_of(c.does.effects, [&](const effect& e) { return delivers(e.what) && e.where == channel; })) continue;
    if (only || !c.site || !c.site->body || c.repeated) return std::nullopt;
    only = &c;
  }
  if (!only || !only->does_any(role::close, channel)) return std::nullopt;
  const spawn_site& s = *only->site;
  auto sender = steady_send(s.body, name_within(s.body, s.bound, channel, u), u);
  if (sender) sender->site = only->site;
  return sender;
}

namespace {

const Stmt* early_way_out_of(const Stmt* loop, const unit& u) {
  if (!loop || !body_of(loop)) return nullptr;
  changes changed;
  changed.TraverseStmt(const_cast<Stmt*>(body_of(loop)));
  const ways_out ways = ways_out_of(body_of(loop));
  if (ways.tries) return nullptr;  // what it leaves by is not followed
  const Stmt* first = nullptr;
  for (const way_out& w : ways.all)
    if (is_counted(w, changed.found)) return nullptr;
    else if (!first && !is_by_macro_of_others(w.at, u)) first = w.at;  // an assertion has failed, and the test with it
  return first;
}

// `for (T x : channel)` and `while (auto x = channel.recv())`: what stays in them receives to the end.
const Stmt* loop_to_the_end(const step& st, const flow& f) {
  if (st.what == role::range) return f.range_loop_of(st.origin);
  const auto* loop = st.what == role::recv ? dyn_cast_or_null<WhileStmt>(f.loop_around(st.origin)) : nullptr;
  const VarDecl* v = loop ? loop->getConditionVariable() : nullptr;
  return v && v->getInit() && strip_copies(v->getInit()) == st.origin ? loop : nullptr;
}

// What made the channel of a loop: a call in its head, or the only value of a variable that does not leave the body.
const FunctionDecl* maker_of(const step& st, const Stmt* loop, const flow& f, unit& u) {
  const auto* range = dyn_cast<CXXForRangeStmt>(loop);
  const Expr* made = range ? strip_copies(range->getRangeInit()) : nullptr;
  const VarDecl* v = st.where.path.empty() ? st.where.variable() : nullptr;
  if (!isa_and_nonnull<CallExpr>(made)) {
    bool kept = v && v->hasLocalStorage() && !isa<ParmVarDecl>(v) && v->getInit() && !u.is_reassigned(v) && !escapes(v, f.function().getBody(), u);
    made = kept ? strip_copies(v->getInit()) : nullptr;
  }
  const auto* call = dyn_cast_or_null<CallExpr>(made);
  return call && call->getDirectCallee() ? call->getDirectCallee()->getCanonicalDecl() : nullptr;
}

}  // namespace

const Stmt* early_way_out(const place& channel, const flow& f, unit& u) {
  const Stmt* loop = nullptr;
  unsigned receiving = 0;
  f.each([&](const step& st) {
    each_effect(st, u, channel, [&](const effect& e) { receiving += receives(e.what); });
    if (st.kind == step_kind::op && st.where == channel && receives(st.what)) loop = loop_to_the_end(st, f);
    if (reaches(st, channel, u)) ++receiving;
  });
  return receiving == 1 ? early_way_out_of(loop, u) : nullptr;
}

std::vector<abandoned_sender> abandoned_by(const flow& f, const channel_makers& makers, unit& u) {
  std::vector<abandoned_sender> found;
  if (makers.empty() || f.function().isMain()) return found;
  f.each([&](const step& st) {
    const Stmt* loop = st.kind == step_kind::op && receives(st.what) ? loop_to_the_end(st, f) : nullptr;
    auto maker = loop ? makers.find(maker_of(st, loop, f, u)) : makers.end();
    if (maker == makers.end()) return;
    const Stmt* out = st.where ? early_way_out(st.where, f, u) : early_way_out_of(loop, u);
    if (out) found.push_back({out, &maker->second});
  });
  return found;
}

}  // namespace gosan::checks
