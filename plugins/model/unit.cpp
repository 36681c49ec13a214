#include "model/unit.hpp"

#include "model/dataflow.hpp"
#include "model/locks.hpp"
#include "model/references.hpp"

namespace gosan::checks {

using namespace clang;

// One walk over the user's declarations: which functions there are, and what resolving needs to know.
class unit_walker : public RecursiveASTVisitor<unit_walker> {
 public:
  explicit unit_walker(unit& u) : unit_(u) {}

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return false; }

  bool TraverseDecl(Decl* d) {
    if (d && !isa<ParmVarDecl>(d) && unit_.is_of_others(d)) return true;
    if (const auto* n = dyn_cast_or_null<NamespaceDecl>(d); n && !unit_.in_users_code(n->getLocation())) return true;
    const auto* f = dyn_cast_or_null<FunctionDecl>(d);
    if (!f || !f->doesThisDeclarationHaveABody()) return RecursiveASTVisitor::TraverseDecl(d);
    return within(f, [&] { return RecursiveASTVisitor::TraverseDecl(d); });
  }

  bool TraverseLambdaExpr(LambdaExpr* l) {
    return within(l->getCallOperator(), [&] { return RecursiveASTVisitor::TraverseLambdaExpr(l); });
  }

  bool VisitVarDecl(VarDecl* v) {
    if (const Expr* init = v->getInit()) unit_.initialises_[strip(init)] = v;
    return true;
  }

  // What a thread_local is used around may be in callees only.
  bool VisitDeclRefExpr(DeclRefExpr* r) {
    if (const auto* v = dyn_cast<VarDecl>(r->getDecl()); v && v->getTLSKind() != VarDecl::TLS_None) has_roles_ = true;
    return true;
  }

  bool VisitForStmt(ForStmt* s) {
    if (const auto* d = dyn_cast_or_null<DeclStmt>(s->getInit()))
      for (const Decl* one : d->decls()) unit_.loop_variables_.insert(one->getCanonicalDecl());
    return true;
  }

  bool VisitCXXForRangeStmt(CXXForRangeStmt* s) {
    if (s->getLoopVariable()) unit_.loop_variables_.insert(s->getLoopVariable()->getCanonicalDecl());
    if (s->getLoopVariable() && s->getRangeInit()) unit_.variables_.note_loop_variable(s->getLoopVariable(), s->getRangeInit());
    // The calls by which it receives are not written there.
    if (s->getRangeInit() && unit_.roles_.of_type(s->getRangeInit()->getType().getNonReferenceType()).what == role::channel) has_roles_ = true;
    return true;
  }

  bool VisitBinaryOperator(BinaryOperator* o) {
    if (o->isAssignmentOp()) unit_.variables_.note_assignment(o->getLHS());
    return true;
  }

  bool VisitUnaryOperator(UnaryOperator* o) {
    if (o->isIncrementDecrementOp()) unit_.variables_.note_assignment(o->getSubExpr());
    return true;
  }

  bool VisitCallExpr(CallExpr* c) {
    if (auto* o = dyn_cast<CXXOperatorCallExpr>(c); o && o->isAssignmentOp()) {
      unit_.variables_.note_assignment(o->getArg(0));
      if (o->getNumArgs() == 2) note_kept(*o, o->getArg(1), o->getArg(0));
    }
    note_role(*c);
    note_call(c->getDirectCallee());
    return true;
  }

  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* c) {
    if (unit_.roles_.of(*c).what == role::detach) unit_.detached_.insert(strip(c->getImplicitObjectArgument()));
    const CXXMethodDecl* m = c->getMethodDecl();
    bool appends = m && m->getIdentifier() && (m->getName() == "push_back" || m->getName() == "emplace_back") && c->getNumArgs() == 1;
    if (appends && unit_.roles_.of_elements(c->getImplicitObjectArgument()->getType()).what == role::spawn)
      note_kept(*c, c->getArg(0), c->getImplicitObjectArgument());
    return true;
  }

  bool VisitCXXConstructExpr(CXXConstructExpr* c) {
    note_role(*c);
    note_call(c->getConstructor());
    return true;
  }

  bool VisitCoroutineSuspendExpr(CoroutineSuspendExpr* s) {
    note_awaited(s->getCommonExpr());
    return true;
  }

  // What goroutines run counts, even if it does all by what it calls.
  void finish() {
    std::erase_if(unit_.functions_, [&](const FunctionDecl* f) { return without_roles_.count(f) && !unit_.is_spawned_body(f); });
  }

 private:
  template <class F>
  bool within(const FunctionDecl* f, F visit) {
    unit_.written_in_[f] = inside_.empty() ? nullptr : inside_.back();
    inside_.push_back(f);
    unit_.functions_.push_back(f);
    bool outer = std::exchange(has_roles_, false);
    bool go_on = visit();
    if (!has_roles_) without_roles_.insert(f);
    has_roles_ |= outer;
    inside_.pop_back();
    return go_on;
  }

  void note_awaited(const Stmt* s) {
    if (const auto* c = dyn_cast_or_null<CallExpr>(s)) unit_.awaited_.insert(c);
    if (!s || isa<LambdaExpr>(s)) return;
    for (const Stmt* part : s->children()) note_awaited(part);
  }

  void note_call(const FunctionDecl* callee) {
    const FunctionDecl* definition = callee && !inside_.empty() ? callee->getDefinition() : nullptr;
    if (definition && (unit_.calls_.empty() || unit_.calls_.back() != std::pair(inside_.back(), definition)))
      unit_.calls_.push_back({inside_.back(), definition});
  }

  // `threads.push_back(std::thread(...))`, `thread_ = std::thread(...)`: how the handle can be named from there on.
  void note_kept(const CallExpr& keeper, const Expr* made, const Expr* where) {
    made = strip(made);
    for (const auto* k = dyn_cast<CXXConstructExpr>(made); k && k->getNumArgs() == 1 && k->getConstructor()->isCopyOrMoveConstructor();
         k = dyn_cast<CXXConstructExpr>(made))
      made = strip(k->getArg(0));
    const auto* start = dyn_cast<CXXConstructExpr>(made);
    if (!start || !start->getNumArgs() || unit_.roles_.of(*start).what != role::spawn) return;
    unit_.kept_in_[start] = where;
    unit_.keepers_.insert(&keeper);
  }

  void note_role(const Expr& e) {
    role_entry r = unit_.roles_.of(e);
    if (r.what != role::none && r.what != role::fatal_assert) has_roles_ = true;
    if (e.isTypeDependent()) return;
    bool is_lock = r.what == role::lock || r.what == role::lock_guard;
    if (!inside_.empty() && (is_lock || r.what == role::spawn || r.what == role::close))
      unit_.doers_[is_lock ? role::lock : r.what].insert(inside_.back());
    if (r.what != role::spawn) return;
    spawn_site started = unit_.spawn_at(&e, r);
    if (started.body) unit_.spawned_.insert(started.body->getCanonicalDecl());
    if (started.coroutine) unit_.run_by_goroutines_.insert(started.coroutine);
  }

  unit& unit_;
  std::vector<const FunctionDecl*> inside_;
  llvm::DenseSet<const FunctionDecl*> without_roles_;
  bool has_roles_ = false;
};

namespace {

const DirectoryEntry* folder_of(FileID file, const SourceManager& sources) {
  auto entry = sources.getFileEntryRefForID(file);
  return entry ? &entry->getDir().getDirEntry() : nullptr;
}

const DirectoryEntry* folder_at(const std::string& path, const SourceManager& sources) {
  auto entry = sources.getFileManager().getOptionalDirectoryRef(path);
  return entry ? &entry->getDirEntry() : nullptr;
}

// The folder of the header that defines gosan::chan; however it is included, what stands there is no user's.
std::string path_of_own_headers(ASTContext& ast) {
  const SourceManager& sources = ast.getSourceManager();
  for (const NamedDecl* n : ast.getTranslationUnitDecl()->lookup(&ast.Idents.get("gosan"))) {
    const auto* space = dyn_cast<NamespaceDecl>(n);
    if (!space) continue;
    for (const NamedDecl* c : space->lookup(&ast.Idents.get("chan"))) {
      const auto* t = dyn_cast<ClassTemplateDecl>(c);
      const CXXRecordDecl* defined = t ? t->getTemplatedDecl()->getDefinition() : nullptr;
      if (!defined) continue;
      FileID file = sources.getFileID(sources.getExpansionLoc(defined->getLocation()));
      auto entry = sources.getFileEntryRefForID(file);
      return entry && file != sources.getMainFileID() ? entry->getDir().getName().str() : std::string();
    }
  }
  return {};
}

}  // namespace

unit::unit(ASTContext& ast, const role_map& roles) : ast_(ast), roles_(roles), resolver_(roles, variables_) {
  if (std::string path = path_of_own_headers(ast); !path.empty()) {
    own_headers_ = folder_at(path, sources());
    own_details_ = folder_at(path + "/detail", sources());
  }
  unit_walker walker(*this);
  walker.TraverseDecl(ast.getTranslationUnitDecl());
  walker.finish();
}

bool unit::is_of_others(const Decl* d) const {
  return d && !isa<TranslationUnitDecl, NamespaceDecl, LinkageSpecDecl>(d) && !in_users_code(d->getLocation());
}

bool unit::in_users_code(SourceLocation l) const {
  if (l.isInvalid()) return false;
  l = sources().getExpansionLoc(l);
  if (sources().isInSystemHeader(l)) return false;
  FileID file = sources().getFileID(l);
  if (!own_headers_ || file == sources().getMainFileID()) return true;
  const DirectoryEntry* folder = folder_of(file, sources());
  return folder != own_headers_ && folder != own_details_;
}

bool unit::is_users(const FunctionDecl* f) const {
  return f && f->hasBody() && !f->isDependentContext() && in_users_code(f->getLocation());
}

bool unit::runs_at_once(const CallExpr* c) const {
  const FunctionDecl* definition = c->getDirectCallee() ? c->getDirectCallee()->getDefinition() : nullptr;
  const auto* body = definition ? dyn_cast_or_null<CoroutineBodyStmt>(definition->getBody()) : nullptr;
  if (!body || awaited_.count(c)) return true;
  const auto* start = dyn_cast_or_null<Expr>(body->getInitSuspendStmt());
  const auto* wait = dyn_cast_or_null<CoroutineSuspendExpr>(start ? strip(start) : nullptr);
  const CXXRecordDecl* awaiter = wait ? wait->getCommonExpr()->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
  return awaiter && awaiter->isInStdNamespace() && awaiter->getName() == "suspend_never";
}

const flow* unit::flow_of(const FunctionDecl* f) {
  f = f ? f->getDefinition() : nullptr;
  if (!f) return nullptr;
  auto [at, fresh] = flows_.try_emplace(f);
  if (fresh) {
    auto made = flow::of(*f, *this);
    return (flows_[f] = std::move(made)).get();
  }
  return at->second.get();
}

std::vector<const FunctionDecl*> unit::functions_and_callers_of(role what) const {
  auto doers = doers_.find(what);
  if (doers == doers_.end()) return functions_;
  llvm::DenseMap<const FunctionDecl*, llvm::SmallVector<const FunctionDecl*, 2>> callers;
  for (auto& [caller, callee] : calls_) callers[callee].push_back(caller);
  llvm::DenseSet<const FunctionDecl*> known(doers->second);
  for (std::vector<const FunctionDecl*> left(known.begin(), known.end()); !left.empty();) {
    const FunctionDecl* f = left.back();
    left.pop_back();
    for (const FunctionDecl* caller : callers.lookup(f))
      if (known.insert(caller).second) left.push_back(caller);
  }
  std::vector<const FunctionDecl*> all(functions_);
  llvm::DenseSet<const FunctionDecl*> seen(all.begin(), all.end());
  for (auto& [caller, callee] : calls_)
    if (known.count(caller) && seen.insert(caller).second) all.push_back(caller);
  return all;
}

std::vector<given_up_body> unit::given_up() const {
  std::vector<given_up_body> found;
  for (auto& [f, made] : flows_)
    if (made)
      for (limit l : made->given_up()) found.push_back({f, l});
  llvm::sort(found, [&](const given_up_body& a, const given_up_body& b) {
    if (a.function == b.function) return a.reached < b.reached;
    return sources().isBeforeInTranslationUnit(a.function->getLocation(), b.function->getLocation());
  });
  return found;
}

namespace {

const char* text_of(limit reached) {
  switch (reached) {
    case limit::paths:
      return "has more paths";
    case limit::operations:
      return "does more operations on locks and channels, in itself and in what it calls,";
    case limit::goroutines:
      return "starts goroutines in more places";
  }
  return "";
}

}  // namespace

std::string given_up_body::text() const {
  return "'" + function->getNameAsString() + "' " + text_of(reached) + " than the checks follow: not all of it was checked";
}

namespace {

// Whether an operation has happened on every path: one bit per effect.
struct always_problem {
  using state = std::vector<bool>;
  const std::vector<effect>& effects;
  std::function<void(const step&, std::function<void(const effect&)>)> certain_effects;

  state entry() const { return state(effects.size(), false); }
  void apply(state& s, const step& st) const {
    certain_effects(st, [&](const effect& e) {
      for (std::size_t n = 0; n != effects.size(); ++n)
        if (same(effects[n], e)) s[n] = true;
    });
  }
  bool join(state& into, const state& from) const {
    bool grew = false;
    for (std::size_t n = 0; n != into.size(); ++n)
      if (into[n] && !from[n]) into[n] = false, grew = true;
    return grew;
  }
};

void add_effect(std::vector<effect>& to, effect e) {
  for (const effect& have : to)
    if (same(have, e) && have.properties == e.properties) return;
  to.push_back(std::move(e));
}

}  // namespace

const summary& unit::summary_of(const FunctionDecl* f) {
  return summaries_.of(f, [this](const FunctionDecl* definition) {
    const flow* fl = flow_of(definition);
    return fl ? summarise(definition, *fl) : summary{};
  });
}

void unit::add_unseen(const step& call, std::vector<place>& to) const {
  const auto* c = dyn_cast<CallExpr>(call.origin);
  if (!c || (call.callee && call.callee->isInStdNamespace())) return;
  auto add = [&](const Expr* e) {
    if (e->getType()->isArithmeticType()) return;
    if (place p = resolver_.resolve(e)) to.push_back(std::move(p));
  };
  if (const auto* m = dyn_cast<CXXMemberCallExpr>(c)) add(m->getImplicitObjectArgument());
  for (const Expr* a : c->arguments()) add(a);
}

namespace {

// The guard that a callee has returned lets go here, at the latest.
void add_ends_of_guards(const summary& inner, const binding& entry, summary& out) {
  for (const effect& e : inner.effects)
    if (e.what == role::lock) add_effect(out.effects, {role::unlock, e.properties, entry.translate(e.where), e.origin, false, false});
}

}  // namespace

summary unit::summarise(const FunctionDecl* f, const flow& fl) {
  summary out;
  const bool hands_guard_on = returns_guard(*f, roles());
  fl.each([&](const step& st) {
    bool looped = st.origin && fl.loop_around(st.origin);
    if (st.kind == step_kind::op) {
      add_effect(out.effects, {st.what, st.properties, st.where, st.origin, false, looped});
    } else if (st.kind == step_kind::unknown) {
      add_unseen(st, out.unseen);
      out.escapes.insert(out.escapes.end(), st.handed.begin(), st.handed.end());
    } else if (st.kind == step_kind::spawn) {
      out.spawns.push_back(st.spawned);
    } else if (st.kind == step_kind::call) {
      const summary& inner = summary_of(st.callee);
      for (const place& p : inner.unseen) out.unseen.push_back(st.entry->translate(p));
      for (const effect& e : inner.effects)
        add_effect(out.effects, {e.what, e.properties, st.entry->translate(e.where), e.origin, false, looped || e.in_loop});
      if (!hands_guard_on && returns_guard(*st.callee, roles())) add_ends_of_guards(inner, *st.entry, out);
      for (const place& p : inner.escapes) out.escapes.push_back(st.entry->translate(p));
      for (const auto& s : inner.spawns) {
        auto copy = std::make_shared<spawn_site>(*s);
        copy->bound = st.entry->then(s->bound);
        copy->group = st.entry->translate(copy->group);
        copy->handle = st.entry->translate(copy->handle);
        copy->in_loop |= looped;
        out.spawns.push_back(std::move(copy));
      }
    }
  });
  always_problem problem{out.effects, [&](const step& st, const std::function<void(const effect&)>& f) {
    if (!st.certain) return;
    if (st.kind == step_kind::op) f({st.what, st.properties, st.where, st.origin, true, false});
    if (st.kind != step_kind::call) return;
    for (const effect& e : summary_of(st.callee).effects)
      if (e.always) f({e.what, e.properties, st.entry->translate(e.where), e.origin, true, false});
  }};
  solution<always_problem> solved(fl, problem);
  std::vector<bool> always(out.effects.size(), true);
  solved.each_exit([&](const std::vector<bool>& s, const CFGBlock&) {
    for (std::size_t n = 0; n != always.size(); ++n) always[n] = always[n] && s[n];
  });
  for (std::size_t n = 0; n != always.size(); ++n) out.effects[n].always = always[n] && solved.complete();
  return out;
}

summary unit::effects_of(const spawn_site& s) {
  summary out = s.body ? summary_of(s.body) : summary{};
  for (effect& e : out.effects) e.where = s.bound.translate(e.where);
  for (place& p : out.escapes) p = s.bound.translate(p);
  for (place& p : out.unseen) p = s.bound.translate(p);
  for (auto& inner : out.spawns) {
    auto copy = std::make_shared<spawn_site>(*inner);
    copy->bound = s.bound.then(inner->bound);
    copy->group = s.bound.translate(copy->group);
    inner = std::move(copy);
  }
  if (s.entry.has(props::counted)) out.effects.push_back({role::done, 0, s.group, s.expr, true, false});
  return out;
}

}  // namespace gosan::checks
