#include "model/contexts.hpp"

#include "model/unseen.hpp"

#include "model/dataflow.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr int deepest = 4;  // generations of goroutines

void add_contexts(const std::vector<std::shared_ptr<const spawn_site>>& sites, bool repeated, int depth, unit& u,
                  std::vector<goroutine_context>& to) {
  if (depth == deepest) return;
  for (const auto& s : sites) {
    bool often = repeated || s->in_loop;
    to.push_back({s, u.effects_of(*s), often});
    auto inner = to.back().does.spawns;
    add_contexts(inner, often, depth + 1, u, to);
  }
}

// Looks at every use of a variable, with what the use is part of.
class escape_finder {
 public:
  using parameters = std::set<const VarDecl*>;

  escape_finder(const VarDecl* v, unit& u, int depth, parameters& under_way, bool by_return = true)
      : unit_(u), depth_(depth), by_return_(by_return), under_way_(under_way) {
    names_.insert(v->getCanonicalDecl());
  }

  bool in(const Stmt* s) {
    walk(s);
    return found_;
  }

 private:
  void walk(const Stmt* s) {
    if (!s || found_ || (!by_return_ && isa<ReturnStmt>(s))) return;
    if (const auto* r = dyn_cast<DeclRefExpr>(s); r && names_.count(r->getDecl()->getCanonicalDecl())) {
      if (!is_followed(r)) found_ = true;
      return;
    }
    parents_.push_back(s);
    if (const auto* d = dyn_cast<DeclStmt>(s)) {
      for (const Decl* one : d->decls())
        if (const auto* v = dyn_cast<VarDecl>(one)) declaration(v);
    } else if (const auto* l = dyn_cast<LambdaExpr>(s)) {
      for (const LambdaCapture& c : l->captures())
        if (c.capturesVariable() && c.getCapturedVar()->isInitCapture()) declaration(cast<VarDecl>(c.getCapturedVar()));
      if (!goes_elsewhere(l)) {
        walk(l->getBody());
      } else if (captures(l)) {
        found_ = true;
      }
    } else {
      for (const Stmt* child : s->children()) walk(child);
    }
    parents_.pop_back();
  }

  // `auto other = channel;` gives it a second name.
  void declaration(const VarDecl* v) {
    const auto* r = v->getInit() ? dyn_cast<DeclRefExpr>(strip_copies(v->getInit())) : nullptr;
    bool alias = r && names_.count(r->getDecl()->getCanonicalDecl()) && unit_.places().is_alias_type(v->getType());
    if (alias) names_.insert(v->getCanonicalDecl());
    else walk(v->getInit());
  }

  bool captures(const LambdaExpr* l) const {
    return llvm::any_of(l->captures(), [&](const LambdaCapture& c) {
      return c.capturesVariable() && names_.count(c.getCapturedVar()->getCanonicalDecl());
    });
  }

  // A lambda that is returned or stored in an object.
  bool goes_elsewhere(const LambdaExpr* l) const {
    for (std::size_t n = parents_.size(); n-- > 0;) {
      const Stmt* p = parents_[n];
      if (p == l) continue;
      if (isa<ReturnStmt>(p) || isa<CXXNewExpr>(p)) return true;
      if (const auto* c = dyn_cast<CallExpr>(p)) {
        if (unit_.roles().of(*c).what != role::none) return false;
        return isa<CXXMemberCallExpr>(c) || (isa<CXXOperatorCallExpr>(c) && cast<CXXOperatorCallExpr>(c)->isAssignmentOp());
      }
      if (isa<DeclStmt>(p) || isa<CompoundStmt>(p)) return false;
    }
    return false;
  }

  // Whether what the use is part of is an operation the checks understand.
  bool is_followed(const DeclRefExpr* use) {
    const Stmt* below = use;
    for (std::size_t n = parents_.size(); n-- > 0; below = parents_[n]) {
      const Stmt* p = parents_[n];
      if (isa<CallExpr>(p)) return call(cast<CallExpr>(p), below, use);
      if (const auto* c = dyn_cast<CXXConstructExpr>(p)) {
        if (c->getConstructor()->isCopyOrMoveConstructor() || unit_.places().is_alias_type(c->getType())) continue;
        if (unit_.roles().of(*c).what == role::spawn) return spawned(c, use);
        return construction(c, use);
      }
      if (const auto* list = dyn_cast<InitListExpr>(p)) return is_guard_of(list->getType());
      if (isa<LambdaExpr>(p)) return true;
      if (const auto* m = dyn_cast<MemberExpr>(p); m && isa<FieldDecl>(m->getMemberDecl()) && is_value(m->getType())) return true;
      if (isa<MemberExpr>(p) || isa<CastExpr>(p) || isa<FullExpr>(p) || isa<MaterializeTemporaryExpr>(p) ||
          isa<CXXBindTemporaryExpr>(p) || isa<ParenExpr>(p) || isa<UnaryOperator>(p))
        continue;
      return isa<CXXForRangeStmt>(p) || isa<DeclStmt>(p) || isa<CompoundStmt>(p) || isa<IfStmt>(p) || isa<WhileStmt>(p) ||
             isa<ForStmt>(p) || isa<ConditionalOperator>(p) || isa<BinaryOperator>(p);
    }
    return true;
  }

  // Whoever gets such a member of an object gets nothing else of it.
  static bool is_value(QualType t) {
    if (t->isArithmeticType() || t->isEnumeralType()) return true;
    const CXXRecordDecl* c = t->getAsCXXRecordDecl();
    if (!c || !c->isInStdNamespace() || !c->getIdentifier()) return false;
    return c->getName() == "basic_string" || c->getName() == "duration" || c->getName() == "time_point" || c->getName() == "exception_ptr";
  }

  // A class of the user's own whose destructor is seen: its steps are part of the flow.
  bool is_guard_of(QualType t) {
    const CXXRecordDecl* c = t->getAsCXXRecordDecl();
    const CXXDestructorDecl* d = c && c->hasDefinition() ? c->getDestructor() : nullptr;
    return d && !d->isImplicit() && !d->isDefaulted() && unit_.is_users(d->getDefinition());
  }

  bool construction(const CXXConstructExpr* c, const DeclRefExpr*) { return is_guard_of(c->getType()); }

  bool call(const CallExpr* c, const Stmt*, const DeclRefExpr* use) {
    role_entry r = unit_.roles().of(*c);
    if (r.what == role::spawn) return spawned(c, use);
    if (r.what == role::send || r.what == role::try_send || r.what == role::send_case) return !is_within(value_sent(c, r), use);
    if (r.what != role::none) return true;
    if (is_transparent(c)) return parents_follow(c, use);
    const FunctionDecl* f = c->getDirectCallee();
    const FunctionDecl* definition = f ? f->getDefinition() : nullptr;
    if (const auto* o = dyn_cast<CXXOperatorCallExpr>(c); o && (o->getOperator() == OO_Arrow || o->getOperator() == OO_Star) && o->getNumArgs() == 1)
      return parents_follow(c, use);  // p->method(): what the pointer leads to
    if (const auto* o = dyn_cast<CXXOperatorCallExpr>(c))
      return o->getOperator() == OO_EqualEqual || o->getOperator() == OO_Call || unit_.is_users(definition);
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(c); m && is_within(m->getImplicitObjectArgument(), use))
      return is_pointer_within(*m) ? parents_follow(c, use) : true;
    if (!definition || !unit_.is_users(definition) || depth_ > deepest) return false;
    for (unsigned n = 0; n != c->getNumArgs() && n != definition->getNumParams(); ++n)
      if (is_within(c->getArg(n), use))
        return is_followed_into(definition, n);
    return false;
  }

  // p.get(): what becomes of it is what matters.
  bool is_pointer_within(const CXXMemberCallExpr& c) const {
    const CXXMethodDecl* m = c.getMethodDecl();
    return m && m->getIdentifier() && m->getName() == "get" && c.getType()->isPointerType() &&
           unit_.places().is_alias_type(strip(c.getImplicitObjectArgument())->getType());
  }

  // A recursive function does with its own parameter what it does with the one it was called with.
  bool is_followed_into(const FunctionDecl* f, unsigned n) {
    const VarDecl* parameter = f->getParamDecl(n);
    if (!under_way_.insert(parameter).second) return true;
    return !escape_finder(parameter, unit_, depth_ + 1, under_way_).in(f->getBody());
  }

  static const Expr* value_sent(const CallExpr* c, role_entry r) {
    unsigned n = r.what == role::send_case ? 1 : 0;
    return isa<CXXMemberCallExpr>(c) || r.what == role::send_case ? (c->getNumArgs() > n ? c->getArg(n) : nullptr) : nullptr;
  }

  static bool is_transparent(const CallExpr* c) {
    const FunctionDecl* f = c->getDirectCallee();
    if (!f || !f->getIdentifier() || !f->isInStdNamespace()) return false;
    llvm::StringRef n = f->getName();
    return n == "ref" || n == "cref" || n == "move" || n == "forward" || n == "addressof" || n == "as_const";
  }

  // What std::ref(x) or std::move(x) is part of.
  bool parents_follow(const CallExpr* c, const DeclRefExpr* use) {
    auto saved = parents_;
    while (!parents_.empty() && parents_.back() != c) parents_.pop_back();
    if (!parents_.empty()) parents_.pop_back();
    bool followed = is_followed(use);
    parents_ = std::move(saved);
    return followed;
  }

  bool spawned(const Expr* e, const DeclRefExpr* use) {
    spawn_site s = unit_.spawn_at(e, unit_.roles().of(*e));
    if (!s.body) return false;
    for (unsigned n = 0; n != s.arguments.size(); ++n) {
      if (!is_within(s.arguments[n], use)) continue;
      bool method = isa<CXXMethodDecl>(s.body) && !s.lambda;
      if (method || n >= s.body->getNumParams() || depth_ > deepest) return method;
      return is_followed_into(s.body, n);
    }
    return true;
  }

  static bool is_within(const Stmt* s, const Stmt* what) {
    if (!s) return false;
    if (s == what) return true;
    return llvm::any_of(s->children(), [&](const Stmt* c) { return is_within(c, what); });
  }

  unit& unit_;
  int depth_;
  bool by_return_;
  parameters& under_way_;  // those whose bodies are being looked at, or have been
  llvm::DenseSet<const Decl*> names_;
  std::vector<const Stmt*> parents_;
  bool found_ = false;
};

// Whether an operation may not have happened yet.
struct not_yet_problem {
  using state = bool;  // true: some path has not done it
  unit& u;
  role what;
  const place& where;

  state entry() const { return true; }
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::op && st.certain && st.what == what && st.where == where) s = false;
    if (st.kind == step_kind::unknown && (llvm::is_contained(st.handed, where) || reaches(st, where, u))) s = false;
    if (st.kind == step_kind::spawn) {  // handed on to another goroutine, which is judged by itself
      for (const effect& e : u.effects_of(*st.spawned).effects)
        if (e.what == what && e.where == where) s = false;
    }
    if (st.kind != step_kind::call || !st.certain) return;
    const summary& inner = u.summary_of(st.callee);
    for (const effect& e : inner.effects)
      if (e.what == what && e.always && st.entry->translate(e.where) == where) s = false;
    for (const place& p : inner.escapes)
      if (st.entry->translate(p) == where) s = false;
    for (const place& p : inner.unseen)
      if (place handed = st.entry->translate(p); handed && is_part_of(where, handed)) s = false;
  }
  bool join(state& into, const state& from) const {
    bool grew = from && !into;
    into |= from;
    return grew;
  }
};

}  // namespace

std::vector<goroutine_context> contexts_of(const FunctionDecl* f, unit& u) {
  std::vector<goroutine_context> all;
  all.push_back({nullptr, u.summary_of(f), false});
  auto sites = all.front().does.spawns;
  add_contexts(sites, false, 0, u, all);
  return all;
}

namespace {

// A pointer class whose object may be known elsewhere too.
bool points_elsewhere(const VarDecl* v) {
  const CXXRecordDecl* c = v->getType().getNonReferenceType()->getAsCXXRecordDecl();
  bool smart = c && c->isInStdNamespace() && c->getIdentifier() &&
               (c->getName() == "shared_ptr" || c->getName() == "unique_ptr" || c->getName() == "weak_ptr");
  return smart && !holds_own_object(v);
}

}  // namespace

bool escapes(const VarDecl* v, const Stmt* in, unit& u) {
  std::set<const VarDecl*> under_way;
  return points_elsewhere(v) || escape_finder(v, u, 0, under_way).in(in);
}

bool escapes_but_by_return(const VarDecl* v, const Stmt* in, unit& u) {
  std::set<const VarDecl*> under_way;
  return points_elsewhere(v) || escape_finder(v, u, 0, under_way, false).in(in);
}

bool holds_own_object(const VarDecl* v) {
  QualType t = v->getType();
  if (t->isReferenceType() || isa<ParmVarDecl>(v)) return false;
  const Expr* init = v->getInit() ? strip_copies(v->getInit()) : nullptr;
  if (isa_and_nonnull<CXXNewExpr>(init)) return true;
  const auto* c = dyn_cast_or_null<CallExpr>(init);
  const FunctionDecl* f = c ? c->getDirectCallee() : nullptr;
  if (!f || !f->getIdentifier()) return false;
  if (f->isInStdNamespace()) return f->getName() == "make_shared" || f->getName() == "make_unique";
  const FunctionDecl* definition = f->getDefinition();  // one that only says `return new T(...)`
  const auto* body = definition ? dyn_cast_or_null<CompoundStmt>(definition->getBody()) : nullptr;
  const auto* only = body && body->size() == 1 ? dyn_cast<ReturnStmt>(body->body_front()) : nullptr;
  return only && only->getRetValue() && isa<CXXNewExpr>(strip(only->getRetValue()));
}

place name_within(const FunctionDecl* body, const binding& entry, const place& outer, unit& u) {
  for (const effect& e : u.summary_of(body).effects)
    if (e.where && entry.translate(e.where) == outer) return e.where;
  return {};
}

std::vector<missed_exit> exits_without(const flow& f, unit& u, role what, const place& p) {
  not_yet_problem problem{u, what, p};
  solution<not_yet_problem> solved(f, problem);
  std::vector<missed_exit> found;
  if (!solved.complete()) return found;
  SourceLocation end = f.function().getBody()->getEndLoc();
  solved.each_exit([&](bool missing, const CFGBlock& b) {
    if (!missing) return;
    SourceLocation at = f.leaves_at(b);
    found.push_back({at, at != end});
  });
  return found;
}

bool settles_with_others(const goroutine_context& c) {
  return llvm::any_of(c.does.effects, [](const effect& e) {
    return e.what == role::call_now || e.what == role::lock || e.what == role::try_lock || e.what == role::signal;
  });
}

bool is_deferred(const spawn_site& s) {
  const auto* c = dyn_cast_or_null<CallExpr>(s.expr);
  const auto* policy = c && c->getNumArgs() ? dyn_cast<DeclRefExpr>(strip(c->getArg(0))) : nullptr;
  return policy && isa<EnumConstantDecl>(policy->getDecl()) && policy->getDecl()->getName() == "deferred";
}

bool is_of_standard_library(const Decl& d) {
  for (const DeclContext* c = d.getDeclContext(); c; c = c->getParent()) {
    const auto* space = dyn_cast<NamespaceDecl>(c);
    if (c->isStdNamespace() || (space && space->getName() == "__gnu_cxx")) return true;  // its iterators are there
  }
  return false;
}

namespace {

// What orders others has a role, in the standard library and in C's, but for the rest of what pthreads offer.
bool is_known_not_to_order(const FunctionDecl* f, const unit& u) {
  if (!f || is_of_standard_library(*f)) return f != nullptr;
  bool of_c = f->isExternC() && f->getIdentifier() && !u.in_users_code(f->getLocation());
  return of_c && !f->getName().str().starts_with("pthread_") && !f->getName().str().starts_with("sem_");
}

}  // namespace

bool calls_unseen(const FunctionDecl* f, unit& u, int depth) {
  const flow* fl = u.flow_of(f);
  if (!fl || depth == 4) return true;
  bool found = false;
  fl->each([&](const step& st) {
    if (st.kind == step_kind::unknown) found |= !is_known_not_to_order(st.callee, u);
    if (st.kind == step_kind::call && !found) found = calls_unseen(st.callee, u, depth + 1);
  });
  return found;
}

}  // namespace gosan::checks
