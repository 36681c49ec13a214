#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/edits.hpp"
#include "model/field_channels.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-lost-cancel",
    .title = "the function that cancels a context is dropped, or not called on some path",
    .why = "Nobody can cancel the context any more: goroutines that wait for its done() go on until its parent ends, or for ever.",
    .wrong = R"(auto ctx = gosan::with_cancel(parent).ctx;
gosan::go(serve, ctx);)",
    .right = R"(auto [ctx, cancel] = gosan::with_cancel(parent);
gosan::defer end{[cancel = cancel] { cancel(); }};
gosan::go(serve, ctx);)",
    .since = "0.1.0",
};

class cancel_finder : public RecursiveASTVisitor<cancel_finder> {
 public:
  cancel_finder(unit& u, findings& out) : unit_(u), out_(out) {}
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }

  // `with_cancel(...).ctx`: the rest of the result is gone.
  bool VisitMemberExpr(MemberExpr* m) {
    const auto* call = dyn_cast<CallExpr>(strip(m->getBase()));
    if (!call || unit_.roles().of(*call).what != role::with_cancel) return true;
    if (unit_.roles().of_type(m->getType()).what == role::context) report(call, {}, nullptr);
    return true;
  }

  bool VisitDecompositionDecl(DecompositionDecl* d) {
    const auto* call = d->getInit() ? dyn_cast<CallExpr>(strip(d->getInit())) : nullptr;
    if (!call || unit_.roles().of(*call).what != role::with_cancel) return true;
    for (const BindingDecl* b : d->bindings())
      if (unit_.roles().of_type(b->getType()).what != role::context && !b->isReferenced()) report(call, b->getLocation(), b);
    return true;
  }

  bool VisitCompoundStmt(CompoundStmt* s) {  // the whole result is dropped
    for (const Stmt* one : s->body())
      if (const auto* e = dyn_cast<Expr>(one))
        if (const auto* call = dyn_cast<CallExpr>(strip(e)); call && unit_.roles().of(*call).what == role::with_cancel)
          report(call, {}, nullptr);
    return true;
  }

 private:
  void report(const CallExpr* call, SourceLocation at, const BindingDecl* unused) {
    diagnosis d;
    d.at = at.isValid() ? at : call->getBeginLoc();
    d.text = unused ? "'" + unused->getNameAsString() + "' is never called: nobody can cancel the context"
                    : std::string("the cancel function is dropped: nobody can cancel the context");
    if (unused) {
      SourceLocation end = call->getEndLoc();
      auto after = Lexer::findLocationAfterToken(end, tok::semi, unit_.sources(), unit_.ast().getLangOpts(), false);
      std::string name = unused->getNameAsString();
      if (after.isValid())
        d.fixes.push_back(FixItHint::CreateInsertion(after, "\n" + indentation_at(call->getBeginLoc(), unit_.ast()) + "gosan::defer end_" +
                                                                name + "{[" + name + " = " + name + "] { " + name + "(); }};"));
    }
    out_.add(std::move(d));
  }

  unit& unit_;
  findings& out_;
};

// Whether every use of a name is a call of it, in the body itself.
bool is_only_called(const BindingDecl* b, const flow& f) {
  class use_counter : public RecursiveASTVisitor<use_counter> {
   public:
    explicit use_counter(const BindingDecl* b) : binding_(b) {}
    bool VisitDeclRefExpr(DeclRefExpr* r) {
      uses += r->getDecl() == binding_;
      return true;
    }
    unsigned uses = 0;

   private:
    const BindingDecl* binding_;
  } counter(b);
  counter.TraverseStmt(f.function().getBody());
  unsigned calls = 0;
  f.each([&](const step& st) { calls += st.kind == step_kind::op && st.what == role::cancel && st.where == place(b->getCanonicalDecl()); });
  return calls != 0 && calls == counter.uses;
}

// A path between the making and the call that leaves without it. What has a time limit ends by itself.
void examine_paths(const flow& f, unit& u, findings& out) {
  f.each([&](const step& st) {
    if (st.kind != step_kind::op || st.what != role::with_cancel || st.has(props::timed)) return;
    const auto* made = dyn_cast_or_null<DecompositionDecl>(u.initialised_by(cast<Expr>(st.origin)));
    if (!made || f.loop_around(st.origin)) return;
    for (const BindingDecl* b : made->bindings()) {
      if (u.roles().of_type(b->getType()).what == role::context || !is_only_called(b, f)) continue;
      for (const missed_exit& exit : exits_without(f, u, role::cancel, place(b->getCanonicalDecl()))) {
        if (!exit.early || u.sources().isBeforeInTranslationUnit(exit.at, st.at)) continue;
        diagnosis d;
        d.at = exit.at;
        d.text = "this path leaves without calling '" + b->getNameAsString() + "': nobody can cancel the context any more";
        d.notes.push_back({b->getLocation(), "the context is made here"});
        out.add(std::move(d));
      }
    }
  });
}

// ---- Kept in a member that nobody calls ----

// Assignments of a cancel function to members, and what else is done with those members.
class keeper_finder : public RecursiveASTVisitor<keeper_finder> {
 public:
  explicit keeper_finder(unit& u) : unit_(u) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }

  bool TraverseDecl(Decl* d) { return unit_.is_of_others(d) || RecursiveASTVisitor::TraverseDecl(d); }

  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* o) {
    const auto* m = o->getOperator() == OO_Equal ? dyn_cast<MemberExpr>(strip(o->getArg(0))) : nullptr;
    const auto* f = m ? dyn_cast<FieldDecl>(m->getMemberDecl()) : nullptr;
    const auto* r = f ? dyn_cast<DeclRefExpr>(strip_copies(o->getArg(1))) : nullptr;
    const auto* b = r ? dyn_cast<BindingDecl>(r->getDecl()) : nullptr;
    if (!b || unit_.roles().of_type(b->getType()).what != role::cancel_type || !is_of_this_unit(*f, unit_)) return true;
    kept_[f->getCanonicalDecl()].push_back({o, b});
    only_set_.insert(m);
    return true;
  }
  bool VisitMemberExpr(MemberExpr* m) {
    members_.push_back(m);
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* r) {
    if (isa<BindingDecl>(r->getDecl())) ++uses_[r->getDecl()];
    return true;
  }
  bool VisitDecompositionDecl(DecompositionDecl* d) {
    if (const CXXRecordDecl* c = d->getType().getNonReferenceType()->getAsCXXRecordDecl())
      for (const FieldDecl* f : c->fields()) used_.insert(f->getCanonicalDecl());
    return true;
  }

  void report(findings& out) {
    for (const MemberExpr* m : members_)
      if (!only_set_.count(m)) used_.insert(m->getMemberDecl()->getCanonicalDecl());
    for (auto& [f, list] : kept_)
      for (auto& [o, b] : list) {
        if (used_.count(f) || uses_[b] != 1 || is_timed(b)) continue;
        diagnosis d;
        d.at = o->getBeginLoc();
        d.text = "'" + b->getNameAsString() + "' is kept in a member that nothing calls: nobody can cancel the context";
        d.notes.push_back({f->getLocation(), "'" + cast<FieldDecl>(f)->getNameAsString() + "' is a member of a class that only this file knows"});
        out.add(std::move(d));
      }
  }

 private:
  bool is_timed(const BindingDecl* b) const {
    const auto* d = dyn_cast<DecompositionDecl>(b->getDecomposedDecl());
    const auto* call = d && d->getInit() ? dyn_cast<CallExpr>(strip(d->getInit())) : nullptr;
    role_entry r = call ? unit_.roles().of(*call) : role_entry{};
    return r.what != role::with_cancel || r.has(props::timed);
  }

  unit& unit_;
  std::map<const Decl*, std::vector<std::pair<const CXXOperatorCallExpr*, const BindingDecl*>>> kept_;
  std::set<const MemberExpr*> only_set_;
  std::vector<const MemberExpr*> members_;
  std::map<const Decl*, unsigned> uses_;
  std::set<const Decl*> used_;
};

void examine_kept(unit& u, findings& out) {
  bool makes = false;
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) fl->each([&](const step& st) { makes |= st.kind == step_kind::op && st.what == role::with_cancel; });
  if (!makes) return;
  keeper_finder kept(u);
  kept.TraverseDecl(u.ast().getTranslationUnitDecl());
  kept.report(out);
}

void run(unit& u, findings& out) {
  examine_kept(u, out);
  for (const FunctionDecl* f : u.functions())
    if (u.is_users(f)) {
      cancel_finder(u, out).TraverseStmt(f->getBody());
      if (const flow* fl = u.flow_of(f)) examine_paths(*fl, u, out);
    }
}

}  // namespace

extern const check lost_cancel;
const check lost_cancel{info, run};

}  // namespace gosan::checks
