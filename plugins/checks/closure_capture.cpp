#include "model/check.hpp"
#include "model/edits.hpp"
#include "model/joins.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-closure-capture",
    .title = "a goroutine refers to a variable that can end its life first",
    .why = "The goroutine goes on while the function that started it returns, or its loop takes the next turn: from then on the "
           "reference leads to freed stack memory, or to the value of another turn.",
    .wrong = R"(for (int i = 0; i < 10; ++i) {
  group.go([&i] { print(i); });
}
group.wait();)",
    .right = R"(for (int i = 0; i < 10; ++i) {
  group.go([i] { print(i); });
}
group.wait();)",
    .since = "0.1.0",
    .limits = "Judged are variables of the function that starts the goroutine, itself or by a call that leaves it running. A call whose "
              "body is not in the translation unit is taken to wait when it is handed what the goroutine signals, and so is a "
              "destructor of what it refers to.",
};

std::optional<FixItHint> fix_of(const local_reference& r, unit& u) {
  if (!r.capture) return std::nullopt;
  const auto& v = *cast<VarDecl>(r.capture->getCapturedVar());
  if (v.isInitCapture() || v.getType()->isReferenceType() || !is_only_read(v, *r.lambda->getBody())) return std::nullopt;
  if (!is_cheap_to_copy(v.getType(), u.roles())) return std::nullopt;
  return capture_by_value(*r.lambda, *r.capture, v, u.ast());
}

bool has_unknown_class(const VarDecl& v) {
  const CXXRecordDecl* c = v.getType()->getAsCXXRecordDecl();
  return c && !c->isInStdNamespace();
}

// Whether the end of an object of this type may be a wait that the flow does not show: in a destructor that is not seen, or in
// one of its fields'. `own` is the destructor that the flow does show.
bool may_wait_at_its_end(QualType t, unit& u, bool own = true, int depth = 0) {
  const CXXRecordDecl* c = t->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  if (!c || !c->hasDefinition() || t->isReferenceType() || depth == 6) return false;
  role_entry r = u.roles().of_class(*c);
  if (r.what != role::none) return r.has(props::joins_at_end);
  if (const auto* s = dyn_cast<ClassTemplateSpecializationDecl>(c); s && c->isInStdNamespace())
    return llvm::any_of(s->getTemplateArgs().asArray(), [&](const TemplateArgument& a) {
      return a.getKind() == TemplateArgument::Type && may_wait_at_its_end(a.getAsType(), u, false, depth + 1);
    });
  if (c->isInStdNamespace()) return false;
  if (const CXXDestructorDecl* d = c->getDestructor(); d && d->isUserProvided()) {
    if (!d->getDefinition()) return true;
    const summary& does = u.summary_of(d->getDefinition());
    if (!own && (!does.unseen.empty() || llvm::any_of(does.effects, [](const effect& e) { return is_waiting(e.what); }))) return true;
  }
  return llvm::any_of(c->fields(), [&](const FieldDecl* f) { return may_wait_at_its_end(f->getType(), u, false, depth + 1); }) ||
         llvm::any_of(c->bases(), [&](const CXXBaseSpecifier& b) { return may_wait_at_its_end(b.getType(), u, false, depth + 1); });
}

// A variable that a goroutine refers to.
struct hazard {
  local_reference refers;
  const step* call = nullptr;  // which leaves the goroutine running; null: it is started here
};

void report(const spawn_site& s, const hazard& h, SourceLocation end, bool leaves_early, unit& u, findings& out) {
  diagnosis d;
  d.at = h.refers.at;
  d.range = h.refers.range;
  std::string name = h.refers.variable->getNameAsString();
  d.text = h.call ? "this call leaves a goroutine running that refers to '" + name + "'"
                  : "goroutine " + std::string(h.refers.how) + " '" + name + "'" + h.refers.how_end;
  d.text += h.call ? ", whose life can end before the goroutine does" : ", which can end its life before the goroutine does";
  d.notes.push_back({s.expr->getBeginLoc(), "the goroutine starts here"});
  d.notes.push_back({end, leaves_early ? "this path leaves, and ends the life of '" + name + "', without waiting for the goroutine"
                                          : "the life of '" + name + "' ends here; nothing has waited for the goroutine"});
  if (auto fix = h.call ? std::nullopt : fix_of(h.refers, u)) d.fixes.push_back(*fix);
  out.add(std::move(d));
}

std::vector<hazard> hazards_of(unsigned site, const joins& problem, const flow& f, unit& u) {
  std::vector<hazard> found;
  const step* call = problem.call_of(site);
  if (!call) {
    if (problem.sites()[site]->handle_is_elsewhere()) return found;
    for (local_reference& r : locals_referred_to(*problem.sites()[site], f, u)) found.push_back({std::move(r)});
    return found;
  }
  auto add = [&](const VarDecl* v) {
    bool known = llvm::any_of(found, [&](const hazard& h) { return h.refers.variable == v->getCanonicalDecl(); });
    if (known || may_wait_at_its_end(v->getType(), u)) return;
    local_reference r{.variable = v->getCanonicalDecl(), .at = call->at};
    if (const auto* e = dyn_cast<Expr>(call->origin)) r.range = e->getSourceRange();
    found.push_back({std::move(r), call});
  };
  for (const outer_reference& r : problem.left_of(site)->refers)
    if (const VarDecl* v = local_of_caller(r, *call, f, u)) add(v);
  for (const ParmVarDecl* p : problem.left_of(site)->carries)
    if (const Expr* a = argument_of(*call, p))
      for (const local_reference& r : locals_referred_to(a, f, u)) add(r.variable);
  return found;
}

void examine(const flow& f, unit& u, left_behind& calls, findings& out) {
  joins problem(f, u, &calls);
  if (problem.sites().empty()) return;
  std::vector<std::vector<hazard>> hazards;
  for (unsigned n = 0; n != problem.sites().size(); ++n) {
    hazards.push_back(hazards_of(n, problem, f, u));
    for (const hazard& h : hazards.back())
      if (has_unknown_class(*h.refers.variable)) problem.holds(n, place(h.refers.variable));
  }
  if (llvm::all_of(hazards, [](auto& list) { return list.empty(); })) return;
  solution<joins> solved(f, problem);
  if (!solved.complete()) return;
  std::set<std::pair<unsigned, const VarDecl*>> said;
  auto each_left = [&](const joins::state& running, llvm::function_ref<bool(const VarDecl*)> ends, SourceLocation at, bool leaves_early) {
    for (unsigned n = 0; n != hazards.size(); ++n)
      for (const hazard& h : hazards[n])
        if (running[n] && ends(h.refers.variable) && said.insert({n, h.refers.variable}).second)
          report(*problem.sites()[n], h, at, leaves_early, u, out);
  };
  solved.each_step([&](const step& st, const joins::state& before) {
    if (st.kind != step_kind::dies) return;
    bool leaves_early = st.origin && (isa<ReturnStmt>(st.origin) || isa<CXXThrowExpr>(st.origin));
    each_left(before, [&](const VarDecl* v) { return v == st.variable->getCanonicalDecl(); }, st.at, leaves_early);
  });
  // Parameters outlive everything else, and Clang's CFG does not tell of their end.
  solved.each_exit([&](const joins::state& at_end, const CFGBlock& b) {
    SourceLocation at = f.leaves_at(b);
    each_left(at_end, [](const VarDecl* v) { return isa<ParmVarDecl>(v); }, at, at != f.function().getBody()->getEndLoc());
  });
}

void run(unit& u, findings& out) {
  left_behind calls(u);
  for (const FunctionDecl* f : u.functions_and_callers_of(role::spawn))
    if (const flow* fl = u.flow_of(f)) examine(*fl, u, calls, out);
}

}  // namespace

extern const check closure_capture;
const check closure_capture{info, run};

}  // namespace gosan::checks
