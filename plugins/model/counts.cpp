#include "model/counts.hpp"

#include "model/dataflow.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr int deepest = 6;  // of calls and starts within each other

}  // namespace

std::optional<std::int64_t> added(const Stmt* call, const ASTContext& ast) {
  const auto* c = dyn_cast<CXXMemberCallExpr>(call);
  if (!c) return std::nullopt;
  if (!c->getNumArgs()) return 1;
  Expr::EvalResult value;
  if (c->getArg(0)->isValueDependent() || !c->getArg(0)->EvaluateAsInt(value, ast)) return std::nullopt;
  return value.Val.getInt().getExtValue();
}

struct times_problem {
  using state = times;
  group_counter& counter;
  const place& group;
  role what;
  int depth;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const {
    times t = of_step(st);
    if (!st.certain) t.fewest = 0;
    s = s + t;
  }
  times of_step(const step& st) const {
    switch (st.kind) {
      case step_kind::op:
        return st.what == what && st.where == group ? of_operation(st) : times{};
      case step_kind::call:
        return counter.within(st.callee, *st.entry, group, what, st.origin, depth);
      case step_kind::spawn:
        return counter.started(*st.spawned, group, what, depth);
      case step_kind::unknown:
        // Not the object it is a member of: of a class that no header defines is_all() sees everything.
        return llvm::is_contained(st.handed, group) ? times{0, times::most} : times{};
      default:
        return {};
    }
  }
  times of_operation(const step& st) const {
    counter.seen_.insert(st.origin);
    if (what == role::done) return {1, 1};
    auto n = added(st.origin, counter.unit_.ast());
    if (!n || *n < 0 || *n >= times::most) return {0, times::most};
    return {static_cast<unsigned>(*n), static_cast<unsigned>(*n)};
  }
  bool join(state& into, const state& from) const {
    state before = into;
    into = {std::min(into.fewest, from.fewest), std::max(into.greatest, from.greatest)};
    return !(into == before);
  }
};

times group_counter::of(const FunctionDecl* body, const place& group, role what, int depth) {
  const flow* f = depth < deepest ? unit_.flow_of(body) : nullptr;
  if (!f) return {0, times::most};
  times_problem problem{*this, group, what, depth + 1};
  solution<times_problem> solved(*f, problem);
  times all{times::most, 0};
  solved.each_exit([&](const times& t, const CFGBlock&) { problem.join(all, t); });
  return solved.complete() && all.fewest <= all.greatest ? all : times{0, times::most};
}

times group_counter::started(const spawn_site& s, const place& group, role what, int depth) {
  if (!s.body) {
    bool knows = llvm::any_of(s.arguments, [&](const Expr* a) { return unit_.places().resolve(a) == group; });
    return {0, knows ? times::most : 0u};
  }
  times t = within(s.body, s.bound, group, what, s.expr, depth);
  if (s.entry.has(props::detached)) t.fewest = 0;
  return t;
}

times group_counter::within(const FunctionDecl* body, const binding& entry, const place& group, role what, const Stmt* way, int depth) {
  times all;
  for (const place& own : names_in(body, entry, group, what, depth)) {
    ways_.insert(way);
    bodies_.insert(body->getCanonicalDecl());
    all = all + of(body, own, what, depth);
  }
  return all;
}

// What a body calls the group, if it does it something, itself or by what it calls and starts.
std::set<place> group_counter::names_in(const FunctionDecl* body, const binding& entry, const place& group, role what, int depth) {
  std::set<place> names;
  auto look = [&](const summary& does) {
    for (const effect& e : does.effects)
      if (e.what == what && e.where && entry.translate(e.where) == group) names.insert(e.where);
    for (const place& p : does.escapes)
      if (p && entry.translate(p) == group) names.insert(p);
  };
  const summary& does = unit_.summary_of(body);
  look(does);
  if (depth < deepest)
    for (const auto& s : does.spawns) look(unit_.effects_of(*s));
  return names;
}

namespace {

// Counting operations, and references to functions that count, which were not seen.
class rest_finder : public RecursiveASTVisitor<rest_finder> {
 public:
  rest_finder(const group_counter& counted, const FunctionDecl& root, unit& u) : counted_(counted), root_(root.getCanonicalDecl()), unit_(u) {}

  bool shouldVisitTemplateInstantiations() const { return true; }

  bool TraverseDecl(Decl* d) { return unit_.is_of_others(d) || RecursiveASTVisitor::TraverseDecl(d); }

  bool VisitCallExpr(CallExpr* c) {
    role what = unit_.roles().of(*c).what;
    const auto* m = dyn_cast<CXXMemberCallExpr>(c);
    if (m && (what == role::add || what == role::done) && is_group(m->getImplicitObjectArgument())) found |= !counted_.has_seen(c);
    if (counted_.leads_by(c)) ways(c);
    return !found;
  }
  bool VisitCXXConstructExpr(CXXConstructExpr* c) {
    if (counted_.leads_by(c)) ways(c);
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* r) {
    names_.push_back(r);
    return true;
  }
  bool VisitMemberExpr(MemberExpr* m) {
    names_.push_back(m);
    return true;
  }

  // Whether some function that counts is named where it was not counted.
  bool is_named_elsewhere() const {
    return llvm::any_of(names_, [&](const Expr* e) {
      const auto* r = dyn_cast<DeclRefExpr>(e);
      const auto* f = dyn_cast<FunctionDecl>(r ? r->getDecl() : cast<MemberExpr>(e)->getMemberDecl());
      const FunctionDecl* definition = f ? f->getDefinition() : nullptr;
      return definition && definition->getCanonicalDecl() != root_ && counted_.bodies().count(definition->getCanonicalDecl()) && !ways_.count(e);
    });
  }

  std::function<bool(const Expr*)> is_group;
  bool found = false;

 private:
  // The names by which a call or a start that was counted goes on.
  void ways(const Expr* e) {
    if (const auto* c = dyn_cast<CallExpr>(e)) ways_.insert(strip(c->getCallee()));
    if (unit_.roles().of(*e).what != role::spawn) return;
    const Expr* callable = unit_.spawn_at(e, unit_.roles().of(*e)).callable;
    callable = callable ? strip(callable) : nullptr;
    if (const auto* u = dyn_cast_or_null<UnaryOperator>(callable)) callable = strip(u->getSubExpr());
    ways_.insert(callable);
  }

  const group_counter& counted_;
  const FunctionDecl* root_;
  unit& unit_;
  std::vector<const Expr*> names_;
  std::set<const Expr*> ways_;
};

}  // namespace

bool is_all(const group_counter& counted, const FunctionDecl& root, const FieldDecl& group, unit& u) {
  rest_finder rest(counted, root, u);
  rest.is_group = [&](const Expr* object) {
    const auto* m = dyn_cast<MemberExpr>(strip(object));
    return m && m->getMemberDecl()->getCanonicalDecl() == group.getCanonicalDecl();
  };
  rest.TraverseDecl(u.ast().getTranslationUnitDecl());
  return !rest.found && !rest.is_named_elsewhere();
}

bool is_all(const group_counter& counted, const FunctionDecl& root, const place& group, unit& u) {
  rest_finder rest(counted, root, u);
  rest.is_group = [&](const Expr* object) { return u.places().resolve(object) == group; };
  rest.TraverseStmt(root.getBody());
  return !rest.found;
}

}  // namespace gosan::checks
