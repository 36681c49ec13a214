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
    .limits = "Only variables of the function that starts the goroutine are judged. A call whose body is not in the "
              "translation unit is taken to wait when it is handed what the goroutine signals.",
};

// Something the goroutine refers to: a variable of the function, and where and how.
struct hazard {
  const VarDecl* variable;
  SourceLocation at;
  SourceRange range;
  const char* how;
  const char* how_end;
  std::optional<FixItHint> fix;
};

bool is_local_of(const VarDecl* v, const FunctionDecl& f) {
  if (!v || !v->hasLocalStorage()) return false;
  const auto* owner = dyn_cast<FunctionDecl>(v->getDeclContext());
  return owner && owner->getCanonicalDecl() == f.getCanonicalDecl();
}

bool is_view(QualType t) {
  t = t.getNonReferenceType();
  if (t->isPointerType() && !t->isFunctionPointerType()) return true;
  const CXXRecordDecl* c = t->getAsCXXRecordDecl();
  if (!c || !c->getIdentifier()) return false;
  llvm::StringRef name = c->getName();
  return name == "basic_string_view" || name == "span" || name == "reference_wrapper" || name.take_back(8) == "iterator";
}

class capture_finder {
 public:
  capture_finder(const flow& f, unit& u) : function_(f.function()), unit_(u) {}

  std::vector<hazard> of(const spawn_site& s) {
    if (s.lambda) {
      for (const LambdaCapture& c : s.lambda->captures()) capture(*s.lambda, c);
    }
    for (const Expr* a : s.arguments)
      if (const VarDecl* v = points_into(a, 0)) add(v, a->getExprLoc(), a->getSourceRange(), "is handed a reference to", "", {});
    return std::move(found_);
  }

 private:
  void add(const VarDecl* v, SourceLocation at, SourceRange range, const char* how, const char* how_end,
           std::optional<FixItHint> fix) {
    if (!is_local_of(v, function_)) return;
    for (const hazard& h : found_)
      if (h.variable == v->getCanonicalDecl()) return;
    found_.push_back({v->getCanonicalDecl(), at, range, how, how_end, std::move(fix)});
  }

  void capture(const LambdaExpr& l, const LambdaCapture& c) {
    if (!c.capturesVariable()) return;
    const auto* v = dyn_cast<VarDecl>(c.getCapturedVar());
    if (!v) return;
    if (c.getCaptureKind() == LCK_ByCopy) {
      QualType type = v->getType();
      const VarDecl* target = is_view(type) ? (v->isInitCapture() ? points_into(v->getInit(), 0) : pointee(v, 0)) : nullptr;
      if (target) add(target, c.getLocation(), c.getLocation(), "captures a reference to", "", {});
      return;
    }
    if (c.getCaptureKind() != LCK_ByRef) return;
    const VarDecl* target = v;
    if (v->getType()->isReferenceType() || v->isInitCapture()) target = unit_.places().of_variable(v).variable();
    if (!target || target->getType()->isReferenceType()) return;
    add(target, c.getLocation(), c.getLocation(), "captures", " by reference", fix_of(l, c, *v));
  }

  std::optional<FixItHint> fix_of(const LambdaExpr& l, const LambdaCapture& c, const VarDecl& v) {
    if (v.isInitCapture() || v.getType()->isReferenceType() || !is_only_read(v, *l.getBody())) return std::nullopt;
    if (!is_cheap_to_copy(v.getType(), unit_.roles())) return std::nullopt;
    return capture_by_value(l, c, v, unit_.ast());
  }

  // The local variable that a value refers into: &v, std::ref(v), a view or an iterator of v.
  const VarDecl* points_into(const Expr* e, int depth) {
    if (!e || depth > 6) return nullptr;
    e = strip(e);
    if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_AddrOf) return owner(u->getSubExpr());
    if (const auto* r = dyn_cast<DeclRefExpr>(e)) {
      const auto* v = dyn_cast<VarDecl>(r->getDecl());
      if (!v) return nullptr;
      if (v->getType()->isArrayType()) return nullptr;  // a literal's or a table's: its life is judged by its own name
      return is_view(v->getType()) ? pointee(v, depth + 1) : nullptr;
    }
    if (!is_view(e->getType())) return nullptr;
    if (const auto* m = dyn_cast<CXXMemberCallExpr>(e)) return owner(m->getImplicitObjectArgument());
    if (const auto* c = dyn_cast<CXXConstructExpr>(e); c && c->getNumArgs()) {
      if (const VarDecl* v = points_into(c->getArg(0), depth + 1)) return v;
      return c->getConstructor()->isCopyOrMoveConstructor() ? nullptr : owner(c->getArg(0));
    }
    if (const auto* c = dyn_cast<CallExpr>(e); c && c->getNumArgs())
      if (const FunctionDecl* f = c->getDirectCallee(); f && f->getIdentifier() && f->isInStdNamespace())
        if (f->getName() == "ref" || f->getName() == "cref" || f->getName() == "addressof") return owner(c->getArg(0));
    return nullptr;
  }

  const VarDecl* pointee(const VarDecl* v, int depth) {
    if (!is_local_of(v, function_) || v->getType()->isReferenceType()) return nullptr;
    return points_into(v->getInit(), depth + 1);
  }

  // The variable whose own storage e lies in: v, v.field, v[n] of an array; not what a pointer of it leads to.
  const VarDecl* owner(const Expr* e) {
    e = strip(e);
    if (const auto* m = dyn_cast<MemberExpr>(e)) return m->isArrow() ? nullptr : owner(m->getBase());
    if (const auto* s = dyn_cast<ArraySubscriptExpr>(e)) return owner(s->getBase());
    const auto* r = dyn_cast<DeclRefExpr>(e);
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    if (!v) return nullptr;
    if (v->getType()->isReferenceType()) v = unit_.places().of_variable(v).variable();
    if (!v || v->getType()->isReferenceType() || is_view(v->getType())) return nullptr;
    return v;
  }

  const FunctionDecl& function_;
  unit& unit_;
  std::vector<hazard> found_;
};

bool has_unknown_class(const VarDecl& v) {
  const CXXRecordDecl* c = v.getType()->getAsCXXRecordDecl();
  return c && !c->isInStdNamespace();
}

void report(const spawn_site& s, const hazard& h, SourceLocation end, bool leaves_early, findings& out) {
  diagnosis d;
  d.at = h.at;
  d.range = h.range;
  std::string name = h.variable->getNameAsString();
  d.text = "goroutine " + std::string(h.how) + " '" + name + "'" + h.how_end + ", which can end its life before the goroutine does";
  SourceLocation start = s.expr->getBeginLoc();
  d.notes.push_back({start, "the goroutine starts here"});
  d.notes.push_back({end, leaves_early ? "this path leaves, and ends the life of '" + name + "', without waiting for the goroutine"
                                          : "the life of '" + name + "' ends here; nothing has waited for the goroutine"});
  if (h.fix) d.fixes.push_back(*h.fix);
  out.add(std::move(d));
}

void examine(const flow& f, unit& u, findings& out) {
  joins problem(f, u);
  if (problem.sites().empty()) return;
  std::vector<std::vector<hazard>> hazards;
  for (unsigned n = 0; n != problem.sites().size(); ++n) {
    const spawn_site& s = *problem.sites()[n];
    hazards.push_back(s.handle_is_elsewhere() ? std::vector<hazard>{} : capture_finder(f, u).of(s));
    for (const hazard& h : hazards.back())
      if (has_unknown_class(*h.variable)) problem.holds(n, place(h.variable));
  }
  if (llvm::all_of(hazards, [](auto& list) { return list.empty(); })) return;
  solution<joins> solved(f, problem);
  if (!solved.complete()) return;
  std::set<std::pair<unsigned, const VarDecl*>> said;
  auto each_left = [&](const joins::state& running, llvm::function_ref<bool(const VarDecl*)> ends, SourceLocation at, bool leaves_early) {
    for (unsigned n = 0; n != hazards.size(); ++n)
      for (const hazard& h : hazards[n])
        if (running[n] && ends(h.variable) && said.insert({n, h.variable}).second)
          report(*problem.sites()[n], h, at, leaves_early, out);
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
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) examine(*fl, u, out);
}

}  // namespace

extern const check closure_capture;
const check closure_capture{info, run};

}  // namespace gosan::checks
