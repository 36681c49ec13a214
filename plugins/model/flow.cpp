#include "model/flow.hpp"

#include "model/selects.hpp"
#include "model/thread_locals.hpp"
#include "model/unit.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool is_loop(const Stmt* s) {
  return isa<ForStmt>(s) || isa<WhileStmt>(s) || isa<DoStmt>(s) || isa<CXXForRangeStmt>(s);
}

}  // namespace

// Fills a flow: first the scopes, by a walk over the statements, then the steps, by one over the CFG.
class flow_builder {
 public:
  flow_builder(flow& f, unit& in) : flow_(f), unit_(in) {}

  bool build() {
    const Stmt* body = flow_.function_.getBody();
    walk(body, push({scope::kind::body, body, nullptr, nullptr}));
    CFG::BuildOptions options;
    options.setAllAlwaysAdd();
    options.AddEHEdges = true;
    options.AddImplicitDtors = true;
    options.AddTemporaryDtors = false;
    options.AddLifetime = true;
    flow_.cfg_ = CFG::buildCFG(&flow_.function_, const_cast<Stmt*>(body), &unit_.ast(), options);
    if (!flow_.cfg_) return false;
    flow_.steps_.resize(flow_.cfg_->getNumBlockIDs());
    for (const CFGBlock* b : *flow_.cfg_)
      if (b) fill(*b);
    for (const CFGBlock* b : *flow_.cfg_)
      if (b) fill_edges(*b);
    return true;
  }

 private:
  const scope* push(scope s) {
    flow_.all_scopes_.push_back(std::make_unique<scope>(s));
    return flow_.all_scopes_.back().get();
  }

  static bool is_pointer(QualType t) {
    const CXXRecordDecl* c = t->getAsCXXRecordDecl();
    return t->isPointerType() || (c && c->isInStdNamespace() && c->getIdentifier() && c->getName() == "shared_ptr");
  }

  // Returns the scope for the statements behind s: declarations reach up to the end of the compound.
  const scope* walk(const Stmt* s, const scope* around) {
    if (!s) return around;
    if (around) flow_.scopes_[s] = around;
    if (const auto* l = dyn_cast<LambdaExpr>(s)) {
      for (const Expr* init : l->capture_inits()) walk(init, around);
      for (const LambdaCapture& c : l->captures())
        if (c.capturesVariable() && (c.getCaptureKind() == LCK_ByRef || is_pointer(c.getCapturedVar()->getType())))
          shared_.insert(c.getCapturedVar()->getCanonicalDecl());
      return around;
    }
    if (const auto* d = dyn_cast<DeclStmt>(s)) {
      for (const Decl* one : d->decls()) {
        const auto* v = dyn_cast<VarDecl>(one);
        if (!v) continue;
        walk(v->getInit(), around);
        around = push({scope::kind::variable, nullptr, v, around});
      }
      return around;
    }
    if (const auto* c = dyn_cast<CompoundStmt>(s)) {
      const scope* inner = around;
      for (const Stmt* one : c->body()) inner = walk(one, inner);
      return around;
    }
    if (const auto* t = dyn_cast<CXXTryStmt>(s)) {
      walk(t->getTryBlock(), push({scope::kind::try_block, t, nullptr, around}));
      for (unsigned n = 0; n != t->getNumHandlers(); ++n) walk(t->getHandler(n), around);
      return around;
    }
    if (const auto* i = dyn_cast<IfStmt>(s)) {
      const scope* inner = walk(i->getInit(), around);
      if (i->getConditionVariableDeclStmt()) inner = walk(i->getConditionVariableDeclStmt(), inner);
      walk(i->getCond(), inner);
      inner = push({scope::kind::branch, i, nullptr, inner});
      walk(i->getThen(), inner);
      walk(i->getElse(), inner);
      return around;
    }
    if (is_loop(s)) return walk_loop(s, around);
    const scope* inner = around;
    const Stmt* condition = nullptr;  // is evaluated whatever follows
    if (const auto* w = dyn_cast<SwitchStmt>(s)) condition = w->getCond();
    if (const auto* o = dyn_cast<ConditionalOperator>(s)) condition = o->getCond();
    if (condition) walk(condition, around);
    if (condition || isa<BinaryConditionalOperator>(s)) inner = push({scope::kind::branch, s, nullptr, around});
    for (const Stmt* child : s->children())
      if (child != condition) inner = walk(child, inner);
    return around;
  }

  const scope* walk_loop(const Stmt* s, const scope* around) {
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
    return around;
  }

  void fill(const CFGBlock& b) {
    auto& out = flow_.steps_[b.getBlockID()];
    for (const CFGElement& e : b) {
      if (auto s = e.getAs<CFGStmt>()) {
        statement(s->getStmt(), out);
      } else if (auto d = e.getAs<CFGAutomaticObjDtor>()) {
        end_of(d->getVarDecl(), d->getTriggerStmt(), out);
      } else if (auto l = e.getAs<CFGLifetimeEnds>()) {
        step st{.kind = step_kind::dies, .origin = l->getTriggerStmt(), .variable = l->getVarDecl()};
        st.at = where_ends(l->getTriggerStmt());
        out.push_back(std::move(st));
      }
    }
  }

  SourceLocation where_ends(const Stmt* trigger) const {
    if (!trigger) return flow_.function_.getBody()->getEndLoc();
    if (isa<CompoundStmt>(trigger) || is_loop(trigger)) return trigger->getEndLoc();
    return trigger->getBeginLoc();
  }

  // Steps on edges: what a loop waits for counts on the way out of the loop, since a loop that waits for each of what was
  // started runs as often as it was started. And on the way to a handler, destructors of what the try block holds.
  void fill_edges(const CFGBlock& b) {
    const Stmt* terminator = b.getTerminatorStmt();
    if (terminator && is_loop(terminator) && b.succ_size() == 2) {
      std::vector<step> waits;
      flow_.each([&](const step& s) {
        bool of_range = s.kind == step_kind::op && s.what == role::range && is_range_of(s.origin, terminator);
        if (of_range || (waits_for_others(s) && is_within(s.origin, terminator))) waits.push_back(s);
      });
      for (step& s : waits) s.all_turns = true;
      if (!waits.empty()) flow_.edges_[{b.getBlockID(), 1}] = std::move(waits);
    } else if (terminator) {
      for (auto& [n, steps] : cases_taken(b, unit_)) flow_.edges_[{b.getBlockID(), n}] = std::move(steps);
    } else if (!terminator && b.succ_size() > 1 && !b.empty()) {
      if (auto last = b.back().getAs<CFGStmt>())
        if (in_try(last->getStmt())) {
          std::vector<step>& steps = flow_.edges_[{b.getBlockID(), 1}];
          unwind(last->getStmt(), steps);
          for (step& st : steps) st.implicit = true;
        }
    }
  }

  static bool is_range_of(const Stmt* begin, const Stmt* loop) {
    const auto* r = dyn_cast<CXXForRangeStmt>(loop);
    return r && r->getBeginStmt() && contains(r->getBeginStmt(), begin);
  }

  static bool contains(const Stmt* s, const Stmt* what) {
    return s && (s == what || llvm::any_of(s->children(), [&](const Stmt* c) { return contains(c, what); }));
  }

  bool waits_for_others(const step& s) const {
    if (s.kind == step_kind::call) return true;
    return s.kind == step_kind::op && (s.what == role::wait || s.what == role::recv || s.what == role::range ||
                                       s.what == role::rendezvous || s.what == role::unlock);
  }

  bool is_within(const Stmt* s, const Stmt* loop) const {
    for (const scope* at = flow_.scope_of(s); at; at = at->outer)
      if (at->stmt == loop) return true;
    return false;
  }

  bool in_try(const Stmt* s) const {
    for (const scope* at = flow_.scope_of(s); at; at = at->outer)
      if (at->what == scope::kind::try_block) return true;
    return false;
  }

  void unwind(const Stmt* from, std::vector<step>& out) {
    for (const scope* at = flow_.scope_of(from); at && at->what != scope::kind::try_block; at = at->outer) {
      if (at->what != scope::kind::variable || !at->variable->hasLocalStorage()) continue;
      end_of(at->variable, from, out);
      step st{.kind = step_kind::dies, .origin = from, .at = from->getBeginLoc(), .variable = at->variable};
      out.push_back(std::move(st));
    }
  }

  void statement(const Stmt* s, std::vector<step>& out) {
    if (isa<ReturnStmt>(s)) {
      out.push_back({.kind = step_kind::returns, .origin = s, .at = s->getBeginLoc()});
    } else if (isa<CXXThrowExpr>(s)) {
      unwind(s, out);
      out.push_back({.kind = step_kind::throws, .origin = s, .at = s->getBeginLoc()});
    } else if (const auto* c = dyn_cast<CallExpr>(s)) {
      call(c, out);
    } else if (const auto* c = dyn_cast<CXXConstructExpr>(s)) {
      construct(c, out);
    } else {
      add_thread_local_uses(s, out);
      add_shared_use(s, shared_, out);
    }
  }

  static const Expr* object_of(const CallExpr* c) {
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(c)) return m->getImplicitObjectArgument();
    return c->getNumArgs() ? c->getArg(0) : nullptr;
  }

  place lock_behind(const Expr* guard) {
    const auto* r = dyn_cast_or_null<DeclRefExpr>(guard ? strip(guard) : nullptr);
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    const auto* init = v && v->getInit() ? dyn_cast<CXXConstructExpr>(strip(v->getInit())) : nullptr;
    return init && init->getNumArgs() ? unit_.places().resolve(init->getArg(0)) : place{};
  }

  void op(role_entry r, const Expr* e, place where, std::vector<step>& out, bool certain = true) {
    step st{.kind = step_kind::op, .what = r.what, .properties = r.properties, .certain = certain,
            .where = std::move(where), .origin = e};
    st.at = e->getExprLoc();
    out.push_back(std::move(st));
  }

  void call(const CallExpr* c, std::vector<step>& out) {
    role_entry r = unit_.roles().of(*c);
    switch (r.what) {
      case role::none: plain_call(c, out); return;
      case role::spawn: spawn(c, r, out); return;
      case role::select: select(c, r, out); return;
      case role::recv_case:
      case role::send_case:
      case role::default_case: return;  // part of its select
      case role::call_now: call_now(c, r, out); return;
      default: break;
    }
    const Expr* object = object_of(c);
    place where = r.has(props::through_guard) ? lock_behind(object) : unit_.places().resolve(object);
    if (r.has(props::releases) && c->getNumArgs()) {
      step st{.kind = step_kind::op, .what = r.what, .properties = r.properties, .where = where, .origin = c};
      st.at = c->getExprLoc();
      bool is_lock = unit_.roles().of_type(c->getArg(0)->getType()).what == role::mutex;
      st.handed.push_back(is_lock ? unit_.places().resolve(c->getArg(0)) : lock_behind(c->getArg(0)));
      out.push_back(std::move(st));
      return;
    }
    op(r, c, where, out);
  }

  void call_now(const CallExpr* c, role_entry r, std::vector<step>& out) {
    op(r, c, unit_.places().resolve(object_of(c)), out);
    for (const Expr* a : c->arguments())
      if (const LambdaExpr* l = lambda_of(a)) enter(c, l->getCallOperator(), of_lambda(), out, !r.has(props::maybe));
  }

  // A select: each case is an operation that may be the one taken. With one case, or with a loop around that asks until all
  // have come, it is the wait for it; a way out by time, by a context or by default makes it a maybe.
  void select(const CallExpr* c, role_entry r, std::vector<step>& out) {
    bool has_way_out = false, has_default = false;
    std::vector<std::pair<role_entry, const CallExpr*>> cases;
    for (const Expr* a : c->arguments()) {
      const auto* one = dyn_cast<CallExpr>(strip(a));
      role_entry e = one ? unit_.roles().of(*one) : role_entry{};
      if (e.what == role::none) has_way_out = true;
      if (e.what == role::default_case) has_way_out = has_default = true;
      if (one && one->getNumArgs() && is_way_out(one->getArg(0))) has_way_out = true;
      if (one) cases.push_back({e, one});
    }
    if (has_default) r.properties &= ~props::parks;
    op(r, c, {}, out);
    unsigned properties = r.properties | (c->getNumArgs() > 1 ? props::one_of_many : props::none);
    for (auto& [e, one] : cases) {
      if (e.what == role::recv_case)
        op({role::recv, properties}, one, unit_.places().resolve(one->getArg(0)), out, !has_way_out);
      if (e.what == role::send_case)
        op({role::send, properties}, one, unit_.places().resolve(one->getArg(0)), out, !has_way_out && cases.size() == 1);
      for (const Expr* a : one->arguments())
        if (const LambdaExpr* l = lambda_of(a)) enter(c, l->getCallOperator(), of_lambda(), out, false);
    }
  }

  bool is_way_out(const Expr* channel) {
    const auto* c = dyn_cast<CallExpr>(strip(channel));
    if (const auto* r = dyn_cast<DeclRefExpr>(strip(channel)))
      if (const auto* v = dyn_cast<VarDecl>(r->getDecl()); v && v->getInit()) c = dyn_cast<CallExpr>(strip(v->getInit()));
    if (!c) return false;
    role what = unit_.roles().of(*c).what;
    return what == role::after || what == role::context_done || what == role::tick_channel;
  }

  void spawn(const Expr* e, role_entry r, std::vector<step>& out) {
    auto site = std::make_shared<spawn_site>(unit_.spawn_at(e, r));
    site->in_loop = flow_.loop_around(e) != nullptr;
    step st{.kind = step_kind::spawn, .what = r.what, .properties = r.properties, .origin = e, .spawned = site};
    st.at = e->getExprLoc();
    out.push_back(std::move(st));
  }

  void enter(const Expr* at, const FunctionDecl* callee, binding b, std::vector<step>& out, bool certain = true) {
    step st{.kind = step_kind::call, .certain = certain, .origin = at};
    st.at = at->getExprLoc();
    st.callee = callee;
    st.entry = std::make_shared<binding>(std::move(b));
    out.push_back(std::move(st));
  }

  static binding of_lambda() {
    binding b;
    b.same_this = true;
    return b;
  }

  binding bind(const FunctionDecl* f, llvm::ArrayRef<const Expr*> arguments, place object) {
    binding b;
    b.this_place = std::move(object);
    for (unsigned n = 0; n != f->getNumParams() && n != arguments.size(); ++n)
      b.of[f->getParamDecl(n)->getCanonicalDecl()] = unit_.places().resolve(arguments[n]);
    return b;
  }

  void plain_call(const CallExpr* c, std::vector<step>& out) {
    const FunctionDecl* f = c->getDirectCallee();
    llvm::SmallVector<const Expr*, 4> arguments(c->arg_begin(), c->arg_end());
    place object;
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(c)) {
      object = unit_.places().resolve(m->getImplicitObjectArgument());
    } else if (isa<CXXOperatorCallExpr>(c) && f && isa<CXXMethodDecl>(f) && !arguments.empty()) {
      object = unit_.places().resolve(arguments.front());
      arguments.erase(arguments.begin());
    }
    const FunctionDecl* definition = f ? f->getDefinition() : nullptr;
    if (definition && unit_.is_users(definition)) {
      const auto* method = dyn_cast<CXXMethodDecl>(definition);
      binding b = bind(definition, arguments, object);
      b.same_this = method && method->getParent()->isLambda();
      enter(c, definition, std::move(b), out, !(method && method->isVirtual()));
    } else {
      unknown_call(c, object, arguments, out);
    }
    for (const Expr* a : arguments)
      if (const LambdaExpr* l = lambda_of(a)) enter(c, l->getCallOperator(), of_lambda(), out, false);
  }

  void unknown_call(const CallExpr* c, const place& object, llvm::ArrayRef<const Expr*> arguments, std::vector<step>& out) {
    step st{.kind = step_kind::unknown, .origin = c};
    st.at = c->getExprLoc();
    st.callee = c->getDirectCallee();
    if (object) st.handed.push_back(object);
    for (const Expr* a : arguments)
      if (place p = unit_.places().resolve(a)) st.handed.push_back(p);
    out.push_back(std::move(st));
  }

  void construct(const CXXConstructExpr* c, std::vector<step>& out) {
    role_entry r = unit_.roles().of(*c);
    if (r.what == role::spawn && c->getNumArgs()) {
      spawn(c, r, out);
    } else if (r.what == role::lock_guard) {
      lock_by_guard(c, r, out);
    } else if (r.what == role::none && !c->getConstructor()->isCopyOrMoveConstructor() && c->getNumArgs()) {
      construct_plain(c, out);
    }
  }

  void construct_plain(const CXXConstructExpr* c, std::vector<step>& out) {
    const FunctionDecl* definition = c->getConstructor()->getDefinition();
    llvm::SmallVector<const Expr*, 4> arguments(c->getArgs(), c->getArgs() + c->getNumArgs());
    const VarDecl* v = unit_.initialised_by(c);
    place object = v ? place(v->getCanonicalDecl()) : place{};
    if (definition && unit_.is_users(definition)) {
      binding b = bind(definition, arguments, object);
      if (v) bind_fields(v, c->getConstructor()->getParent(), b);
      enter(c, definition, std::move(b), out);
      return;
    }
    step st{.kind = step_kind::unknown, .origin = c};
    st.at = c->getExprLoc();
    st.callee = c->getConstructor();
    for (const Expr* a : arguments)
      if (place p = unit_.places().resolve(a)) st.handed.push_back(p);
    if (!st.handed.empty()) out.push_back(std::move(st));
  }

  static bool has_tag(const CXXConstructExpr* c, llvm::StringRef tag) {
    for (unsigned n = 1; n < c->getNumArgs(); ++n) {
      const CXXRecordDecl* type = c->getArg(n)->getType().getNonReferenceType()->getAsCXXRecordDecl();
      if (type && type->getIdentifier() && type->getName() == tag) return true;
    }
    return false;
  }

  unsigned lock_properties(const Expr* lock, role_entry r) {
    unsigned p = unit_.roles().of_type(lock->getType()).properties & (props::thread | props::recursive);
    if (r.has(props::shared)) p |= props::shared;
    return p;
  }

  template <class F>
  void each_lock(const CXXConstructExpr* c, F f) {
    for (const Expr* a : c->arguments())
      if (unit_.roles().of_type(strip(a)->getType()).what == role::mutex) f(a);
  }

  void lock_by_guard(const CXXConstructExpr* c, role_entry r, std::vector<step>& out) {
    if (has_tag(c, "defer_lock_t") || has_tag(c, "adopt_lock_t")) return;
    role what = has_tag(c, "try_to_lock_t") ? role::try_lock : role::lock;
    each_lock(c, [&](const Expr* a) {
      unsigned p = lock_properties(a, r);
      if (what == role::lock) p |= unit_.roles().of_type(a->getType()).properties & props::parks;
      op({what, p}, c, unit_.places().resolve(a), out);
    });
  }

  // The destructor of a local variable.
  void end_of(const VarDecl* v, const Stmt* trigger, std::vector<step>& out) {
    std::size_t before = out.size();
    role_entry r = unit_.roles().of_type(v->getType());
    const Expr* init = v->getInit();
    if (v->getType()->isReferenceType()) return;
    if (r.what == role::scope_guard && init) {
      if (const LambdaExpr* l = lambda_of(init)) enter(init, l->getCallOperator(), of_lambda(), out);
    } else if (r.what == role::lock_guard && init) {
      if (const auto* c = dyn_cast<CXXConstructExpr>(strip(init)))
        each_lock(c, [&](const Expr* a) {
          op({role::unlock, lock_properties(a, r)}, init, unit_.places().resolve(a), out);
        });
    } else if (r.what == role::spawn && r.has(props::joins_at_end)) {
      if (init) op({role::wait, r.properties}, init, place(v->getCanonicalDecl()), out);
    } else if (const CXXRecordDecl* c = v->getType()->getAsCXXRecordDecl()) {
      own_destructor(c, v, init, out);
    }
    for (std::size_t n = before; n != out.size(); ++n) {
      if (trigger) out[n].at = where_ends(trigger);
      out[n].origin = init ? static_cast<const Stmt*>(init) : trigger;
    }
  }

  // A guard's reference to what it guards.
  void bind_fields(const VarDecl* v, const CXXRecordDecl* c, binding& b) {
    for (const FieldDecl* f : c->fields()) {
      if (!unit_.places().is_alias_type(f->getType())) continue;
      if (place p = unit_.places().field_of(v, f)) b.of[f->getCanonicalDecl()] = p;
    }
  }

  void own_destructor(const CXXRecordDecl* c, const VarDecl* v, const Expr* init, std::vector<step>& out) {
    const auto* complete = c->getDefinition();
    const CXXDestructorDecl* d = complete ? complete->getDestructor() : nullptr;
    const FunctionDecl* definition = d ? d->getDefinition() : nullptr;
    if (!definition || !init || !unit_.is_users(definition)) return;
    binding b;
    b.this_place = place(v->getCanonicalDecl());
    bind_fields(v, c, b);
    enter(init, definition, std::move(b), out);
    // A guard class of the user's own that calls what it was given.
    if (const LambdaExpr* l = lambda_of(init)) enter(init, l->getCallOperator(), of_lambda(), out);
  }

  flow& flow_;
  unit& unit_;
  llvm::DenseSet<const Decl*> shared_;  // captured by reference, or pointers that are captured
};

std::unique_ptr<flow> flow::of(const FunctionDecl& f, unit& in) {
  if (!f.getBody() || f.isInvalidDecl() || f.isDependentContext()) return nullptr;
  std::unique_ptr<flow> made(new flow(f));
  return flow_builder(*made, in).build() ? std::move(made) : nullptr;
}

const std::vector<step>* flow::edge_steps(const CFGBlock& b, unsigned n) const {
  auto at = edges_.find({b.getBlockID(), n});
  return at == edges_.end() ? nullptr : &at->second;
}

bool flow::is_path(const CFGBlock& b, unsigned n) const {
  const CFGBlock* to = *(b.succ_begin() + n);
  if (!to) return false;
  bool exception_of_call = n > 0 && !b.getTerminatorStmt() && to == &cfg_->getExit();
  return !exception_of_call;
}

const Stmt* flow::loop_around(const Stmt* s) const {
  for (const scope* at = scope_of(s); at; at = at->outer)
    if (at->what == scope::kind::loop) return at->stmt;
  return nullptr;
}

bool flow::is_conditional(const Stmt* s) const {
  for (const scope* at = scope_of(s); at; at = at->outer)
    if (at->what == scope::kind::branch) return true;
  return false;
}

SourceLocation flow::leaves_at(const CFGBlock& b) const {
  for (const step& s : llvm::reverse(steps(b)))
    if (s.kind == step_kind::returns || s.kind == step_kind::throws) return s.at;
  return function_.getBody()->getEndLoc();
}

}  // namespace gosan::checks
