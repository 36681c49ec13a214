#include "model/meetings.hpp"

#include "model/contexts.hpp"
#include "model/joins.hpp"
#include "model/occurrences.hpp"
#include "model/unseen.hpp"
#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr std::size_t enough = 8;  // of one function

// A variable of the function's own, which nobody else can wait at or tell by.
bool is_own_of(const place& p, const flow& f) {
  const VarDecl* v = p.variable();
  return v && v->hasLocalStorage() && !isa<ParmVarDecl>(v) && v->getDeclContext() == &f.function();
}

// Which goroutines may run at each point: as joins, but what is waited for that others may tell of settles it for all.
struct meeting_problem {
  using state = joins::state;
  const joins& sites;
  const flow& f;
  unit& u;
  deep_accesses& all;

  state entry() const { return {}; }
  bool join(state& into, const state& from) const { return sites.join(into, from); }
  void apply(state& s, const step& st) const {
    if (st.kind != step_kind::spawn && waits_for_others(st)) s.reset();
    sites.apply(s, st);
  }

 private:
  bool waits_for_others(const step& st) const {
    if (st.kind == step_kind::op) return is_waiting(st.what) && !is_of_timer(st, u) && !is_own_of(st.where, f) && !tells_which(st.where);
    if (st.kind == step_kind::unknown) return may_wait_unseen(st, u);
    if (st.kind != step_kind::call || is_handed_closure(st, u)) return false;
    return llvm::any_of(all.entered(all.of(st.callee).after, st, f.function()).awaited, [&](const place& p) { return !is_own_of(p, f) && !tells_which(p); });
  }
  // One of them tells by it.
  bool tells_which(const place& p) const {
    if (!p || p.is_element()) return false;
    for (unsigned n = 0; n != sites.sites().size(); ++n)
      if (llvm::is_contained(sites.tokens(n), p)) return true;
    return false;
  }
};

bool is_same_or_part(const access_path& whole, const access_path& part) {
  if (whole.through || !is_part_of(part.where, whole.where)) return false;
  for (std::size_t n = whole.where.path.size(); n + 1 < part.where.path.size(); ++n)
    if (is_pointer_like(type_at([&] { place p = part.where; p.path.resize(n + 1); return p; }()))) return false;
  return !part.through;
}

bool in_conflict(const deep_access& a, const deep_access& b) {
  const direct_access &x = a.what, &y = b.what;
  if (x.calls || y.calls || !(x.writes || y.writes) || (x.atomic && y.atomic)) return false;
  if (x.path.sweeps != y.path.sweeps || (x.path.sweeps && a.conditional && b.conditional)) return false;
  if (x.path.where == y.path.where) return x.path.through == y.path.through;
  return (x.whole && is_same_or_part(x.path, y.path)) || (y.whole && is_same_or_part(y.path, x.path));
}

bool is_plain_lock(const place& p) {
  if (p.is_element() || (p.variable() && p.variable()->getType()->isReferenceType())) return false;
  return llvm::none_of(p.path, [](const Decl* d) { return isa<FieldDecl>(d) && cast<FieldDecl>(d)->getType()->isReferenceType(); });
}

// One lock is held by both, not by both for reading; or it is not known whether one is.
bool may_share_a_lock(const standing& a, const standing& b) {
  for (auto& [p, mine] : a.held)
    for (auto& [q, others] : b.held) {
      bool one = p == q || is_same_lock(p, q);
      if (one && !(mine.read && others.read)) return true;
      if (!one && (!is_plain_lock(p) || !is_plain_lock(q))) return true;
    }
  return false;
}

bool is_cooperative(const spawn_site& s) {
  const auto* k = dyn_cast<CXXConstructExpr>(s.expr);
  const auto* c = dyn_cast<CallExpr>(s.expr);
  const NamedDecl* d = k ? static_cast<const NamedDecl*>(k->getConstructor()) : c ? c->getDirectCallee() : nullptr;
  return d && (llvm::StringRef(plain_name(*d)).starts_with("boost::") || llvm::StringRef(plain_name(*d)).starts_with("folly::"));
}

// Pointers that get another value by other ways than an assignment.
class moving_finder : public RecursiveASTVisitor<moving_finder> {
 public:
  moving_finder(const unit& u, std::set<const Decl*>& to) : unit_(u), to_(to) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool TraverseDecl(Decl* d) { return unit_.is_of_others(d) || RecursiveASTVisitor::TraverseDecl(d); }
  bool VisitUnaryOperator(UnaryOperator* o) {
    if (o->getOpcode() == UO_AddrOf) note(o->getSubExpr());
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* c) {
    const CXXMethodDecl* m = c->getMethodDecl();
    if (m && m->getIdentifier() && !m->isConst() && !c->getImplicitObjectArgument()->getType()->isPointerType()) note(c->getImplicitObjectArgument());
    return true;
  }
  bool VisitCallExpr(CallExpr* c) {
    const FunctionDecl* f = c->getDirectCallee();
    unsigned object = isa<CXXOperatorCallExpr>(c) && f && isa<CXXMethodDecl>(f) ? 1 : 0;
    for (unsigned n = object; f && n != c->getNumArgs() && n - object != f->getNumParams(); ++n) {
      QualType t = f->getParamDecl(n - object)->getType();
      if (t->isReferenceType() && !t->getPointeeType().isConstQualified()) note(c->getArg(n));
    }
    return true;
  }

 private:
  void note(const Expr* e) {
    e = e ? strip(e) : nullptr;
    if (!e || !is_pointer_like(e->getType())) return;
    if (const auto* r = dyn_cast<DeclRefExpr>(e)) to_.insert(r->getDecl()->getCanonicalDecl());
    if (const auto* m = dyn_cast<MemberExpr>(e)) to_.insert(m->getMemberDecl()->getCanonicalDecl());
  }

  const unit& unit_;
  std::set<const Decl*>& to_;
};

}  // namespace

bool meetings::stays(const place& p) {
  if (!std::exchange(looked_, true)) moving_finder(unit_, moved_about_).TraverseDecl(unit_.ast().getTranslationUnitDecl());
  if (moved_about_.count(p.root)) return false;
  return llvm::none_of(p.path, [&](const Decl* d) { return d && moved_about_.count(d); });
}

// Of one function.
class meeting_finder {
 public:
  meeting_finder(meetings& m, const flow& f)
      : all_(m), unit_(m.unit_), flow_(f), sites_(f, unit_, &m.left_), standing_(f, unit_, m.accesses_), solved_(f, standing_) {}

  bool starts_any() const { return !sites_.sites().empty() && sites_.sites().size() <= 16 && solved_.complete(); }

  // Which can run at the same time, themselves included, and which at each point of the function itself.
  bool find_concurrent() {
    meeting_problem problem{sites_, flow_, unit_, all_.accesses_};
    solution<meeting_problem> solved(flow_, problem);
    if (!solved.complete()) return false;
    solved.each_step([&](const step& st, const joins::state& before) {
      if (st.origin) meanwhile_[st.origin] |= before;
      for (unsigned n = 0; n != sites_.sites().size(); ++n) {
        bool starts = sites_.call_of(n) ? sites_.call_of(n) == &st : st.kind == step_kind::spawn && sites_.index_of(st) == n;
        for (unsigned m = 0; starts && m != sites_.sites().size(); ++m)
          if (before[m]) concurrent_.insert({n, m});
      }
      note_signals(st, before);
    });
    add_elements(solved, problem);
    solved_.each_step([&](const step& st, const standing& before) {
      for (unsigned n = 0; n != sites_.sites().size(); ++n)
        if (sites_.call_of(n) ? sites_.call_of(n) == &st : st.kind == step_kind::spawn && sites_.index_of(st) == n) at_start_[n] = before;
    });
    return true;
  }

  void judge(std::vector<meeting>& out) {
    for (unsigned n = 0; n != sites_.sites().size(); ++n) by_site_.push_back(accesses_of(n));
    for (auto [n, m] : concurrent_)
      if (!judge(n, m, out)) return;
    if (std::any_of(meanwhile_.begin(), meanwhile_.end(), [](auto& one) { return one.second.any(); })) judge_own(out);
  }

  // The parameters that goroutines call which run at the same time.
  std::vector<run_parameter> runs() {
    std::vector<run_parameter> found;
    for (unsigned n = 0; n != sites_.sites().size(); ++n) {
      if (!concurrent_.count({n, n}) || sites_.call_of(n)) continue;
      for (const deep_access& a : accesses_of(n)) {
        const auto* p = a.what.calls ? dyn_cast<ParmVarDecl>(a.what.path.where.root) : nullptr;
        if (!p || p->getDeclContext() != &flow_.function() || !a.stands.held.empty() || a.stands.decided || a.stands.chosen) continue;
        std::set<place> others = a.stands.awaited;
        others.erase(place(p));  // in the turn before: whoever hands it on is asked
        if (!may_be_told(others, a.stands.sent, n)) found.push_back({p, sites_.sites()[n]->expr->getBeginLoc()});
      }
    }
    return found;
  }

 private:
  const FunctionDecl& function() const { return flow_.function(); }

  std::vector<deep_access> accesses_of(unsigned n) {
    const spawn_site& s = *sites_.sites()[n];
    if (!s.expr || s.handle_is_elsewhere() || is_cooperative(s) || (at_start_.count(n) && at_start_[n].decided)) return {};
    const step* call = sites_.call_of(n);
    binding b = call ? entered_by(*call, unit_).then(bound_at_start(s)) : bound_at_start(s);
    std::vector<deep_access> found = all_.accesses_.of_goroutine(s, b, function(), call);
    std::erase_if(found, [&](const deep_access& a) { return call && !a.what.calls && !is_known_here(a.what.path.where); });
    return found;
  }

  // Of this function, or around it.
  bool is_known_here(const place& p) const {
    const VarDecl* v = p.variable();
    if (!v || !v->hasLocalStorage()) return true;
    for (const FunctionDecl* f = &function(); f; f = unit_.written_in(f))
      if (v->getDeclContext() == f) return true;
    return false;
  }

  void note_signals(const step& st, const joins::state& before) {
    auto note = [&](role what, const place& p) {
      if ((is_signalling(what) || is_waiting(what)) && before.any()) told_here_[p] |= before;
    };
    if (st.kind == step_kind::op) note(st.what, st.where);
    if (st.kind == step_kind::call)
      for (const effect& e : unit_.summary_of(st.callee).effects) note(e.what, st.entry->translate(e.where));
  }

  void add_elements(const solution<meeting_problem>& solved, const meeting_problem& problem) {
    for (const CFGBlock* b : flow_.cfg()) {
      if (!b || !solved.before(*b)) continue;
      joins::state s = *solved.before(*b);
      unsigned done = 0;
      for (unsigned n = 0; n != b->size(); ++n) {
        for (; done != flow_.steps_before(*b, n); ++done) problem.apply(s, flow_.steps(*b)[done]);
        if (auto e = (*b)[n].getAs<CFGStmt>(); e && s.any()) meanwhile_[e->getStmt()] |= s;
      }
    }
  }

  // Whether what has been waited for may come from the goroutine, by itself or by what others pass on; it and the function apart.
  bool may_be_told(const std::set<place>& awaited, const std::set<place>& sent, unsigned by) {
    return llvm::any_of(awaited, [&](const place& p) { return may_tell(p, by, false); }) || llvm::any_of(sent, [&](const place& p) { return may_tell(p, by, true); });
  }

  bool may_tell(const place& p, unsigned by, bool of_receivers) {
    if (!is_own_of(p, flow_) || escapes(p.variable(), function().getBody(), unit_)) return true;
    if (auto at = told_here_.find(p); at != told_here_.end() && at->second[by]) return true;
    for (unsigned n = 0; n != sites_.sites().size(); ++n) {
      const summary does = unit_.effects_of(*sites_.sites()[n]);
      bool tells = false, waits = false;
      for (const effect& e : does.effects) {
        tells |= (of_receivers ? is_waiting(e.what) || e.what == role::try_recv : is_signalling(e.what)) && (!e.where || e.where.root == p.root);
        waits |= is_waiting(e.what) && !(e.properties & props::query_only);
      }
      // Not what it only hands to others, as a loop over a channel does: that has been asked about above.
      for (const place& t : sites_.tokens(n)) tells |= !of_receivers && (!t || t.root == p.root) && !llvm::is_contained(does.escapes, t);
      if (tells && (n == by || waits)) return true;
    }
    return false;
  }

  // A lock that the function holds while it starts the goroutine keeps that waiting where it takes it.
  bool waits_at_gate(unsigned site, const standing& s) {
    return llvm::any_of(at_start_[site].held, [&](auto& one) { return s.passed.count(one.first) || s.held.count(one.first); });
  }

  bool is_of_one_turn(const place& p, unsigned site) const {
    const VarDecl* v = p.variable();
    const step* call = sites_.call_of(site);
    return v && flow_.is_of_same_turn(v, call ? call->origin : static_cast<const Stmt*>(sites_.sites()[site]->expr));
  }

  // Of a for statement: gosan-closure-capture speaks of those.
  bool is_loop_variable(const place& p) const {
    const VarDecl* v = p.variable();
    return v && unit_.is_loop_variable(v) && !v->getType()->isReferenceType();
  }

  SourceLocation start_of(unsigned n) const {
    const step* call = sites_.call_of(n);
    return call ? call->at : sites_.sites()[n]->expr->getBeginLoc();
  }

  party party_of(const deep_access& a, unsigned n) const {
    const spawn_site& s = *sites_.sites()[n];
    bool within = !sites_.call_of(n) && s.lambda && unit_.written_in(s.body) == &function();
    return {a, start_of(n), sites_.call_of(n) != nullptr, within};
  }

  bool are_apart(const deep_access& a, unsigned n, const deep_access& b, unsigned m) {
    if (a.stands.decided || b.stands.decided || may_share_a_lock(a.stands, b.stands)) return true;
    if (n == m && (a.stands.chosen || b.stands.chosen)) return true;
    bool turn = is_of_one_turn(a.what.path.where, n);
    if (turn && (n == m || !unit_.sources().isBeforeInTranslationUnit(start_of(m), start_of(n)))) return true;
    if (waits_at_gate(n, a.stands) || waits_at_gate(m, b.stands)) return true;
    if (may_be_told(a.stands.awaited, a.stands.sent, m) || may_be_told(b.stands.awaited, b.stands.sent, n)) return true;
    return !all_.stays(a.what.path.where);
  }

  // n starts while m runs. False when enough has been found.
  bool judge(unsigned n, unsigned m, std::vector<meeting>& out) {
    for (const deep_access& a : by_site_[n])
      for (const deep_access& b : by_site_[m]) {
        if (!in_conflict(a, b) || is_loop_variable(a.what.path.where) || are_apart(a, n, b, m)) continue;
        party one = party_of(a, n), other = party_of(b, m);
        bool swap = one.within == other.within ? !a.what.writes : !one.within;
        if (swap) std::swap(one, other);
        out.push_back({std::move(one), std::move(other), n == m});
        return out.size() < enough;
      }
    return true;
  }

  void judge_own(std::vector<meeting>& out) {
    auto without_what_was_before = [](standing& s) {
      s.awaited.clear();
      s.sent.clear();
      s.chosen = false;
    };
    for (const deep_access& own : all_.accesses_.gathered(flow_, solved_, without_what_was_before)) {
      auto at = meanwhile_.find(own.at);
      if (is_loop_variable(own.what.path.where) || own.in_own_goroutine || at == meanwhile_.end() || own.stands.decided) continue;
      for (unsigned n = 0; n != by_site_.size(); ++n)
        if (at->second[n] && judge_own(own, n, out)) {
          if (out.size() >= enough) return;
          break;
        }
    }
  }

  bool judge_own(const deep_access& own, unsigned n, std::vector<meeting>& out) {
    for (const deep_access& a : by_site_[n]) {
      if (!in_conflict(own, a) || a.stands.decided || !a.stands.awaited.empty() || !a.stands.sent.empty()) continue;
      if (may_share_a_lock(own.stands, a.stands) || waits_at_gate(n, a.stands)) continue;
      if (may_be_told(own.stands.awaited, own.stands.sent, n)) continue;
      bool before_start = unit_.sources().isBeforeInTranslationUnit(own.at->getBeginLoc(), start_of(n));
      if (is_of_one_turn(own.what.path.where, n) && before_start) continue;
      if (!all_.stays(own.what.path.where)) continue;
      out.push_back({{own, {}, false, true}, party_of(a, n)});
      return true;
    }
    return false;
  }

  meetings& all_;
  unit& unit_;
  const flow& flow_;
  joins sites_;
  standing_problem standing_;
  deep_accesses::solved_standing solved_;
  std::set<std::pair<unsigned, unsigned>> concurrent_;
  std::map<const Stmt*, joins::state> meanwhile_;
  std::map<place, joins::state> told_here_;
  std::map<unsigned, standing> at_start_;
  std::vector<std::vector<deep_access>> by_site_;
};

const std::vector<run_parameter>& meetings::runs_of(const FunctionDecl* f) {
  return runs_.of(f, [this](const FunctionDecl* definition) {
    bool takes = unit_.is_users(definition) && llvm::any_of(definition->parameters(), [](const ParmVarDecl* p) { return keeps_any_callable(p->getType()); });
    const flow* fl = takes ? unit_.flow_of(definition) : nullptr;
    return fl && !unit_.summary_of(definition).spawns.empty() ? compute_runs(*fl) : std::vector<run_parameter>{};
  });
}

std::vector<run_parameter> meetings::compute_runs(const flow& f) {
  std::vector<run_parameter> found;
  meeting_finder finder(*this, f);
  if (finder.starts_any() && finder.find_concurrent()) found = finder.runs();
  f.each([&](const step& st) {  // and those it hands on to others that do
    if (st.kind != step_kind::call || !st.certain) return;
    for (const run_parameter& r : runs_of(st.callee)) {
      const Expr* handed = argument_of(st, r.parameter);
      const auto* p = handed ? parameter_in(handed, f.function()) : nullptr;
      if (p) found.push_back({p, r.started});
    }
  });
  return found;
}

void meetings::of_callable(const FunctionDecl& body, const run_parameter& run, const step& call, const flow& f, std::vector<meeting>& out) {
  const accesses_of_body& does = accesses_.of(&body);
  if (!does.after.awaited.empty() || !does.after.sent.empty()) return;
  const path_finder paths(f.function(), unit_);
  auto shared = [&](const deep_access& a) {
    const VarDecl* v = a.what.path.where.variable();
    bool own = v && v->hasLocalStorage() && v->getDeclContext() == &body;
    return !own && !a.stands.decided && !a.stands.chosen && !a.what.calls && paths.checked(a.what.path);
  };
  for (const deep_access& a : does.all) {
    if (!a.what.writes || !shared(a)) continue;
    for (const deep_access& b : does.all) {
      if (!shared(b) || !in_conflict(a, b) || may_share_a_lock(a.stands, b.stands) || !stays(a.what.path.where)) continue;
      out.push_back({{a, run.started, false, true}, {b, call.at, true, true}, true, call.callee});
      return;
    }
  }
}

void meetings::of_callables(const flow& f, std::vector<meeting>& out) {
  f.each([&](const step& st) {
    if (st.kind != step_kind::call || !st.certain) return;
    for (const run_parameter& r : runs_of(st.callee)) {
      const FunctionDecl* body = body_run_by(argument_of(st, r.parameter));
      if (body && unit_.is_users(body)) of_callable(*body, r, st, f, out);
    }
  });
}

std::vector<meeting> meetings::of(const flow& f) {
  std::vector<meeting> out;
  if (unit_.summary_of(&f.function()).spawns.empty()) return out;
  of_callables(f, out);
  meeting_finder finder(*this, f);
  if (finder.starts_any() && finder.find_concurrent()) finder.judge(out);
  return out;
}

}  // namespace gosan::checks
