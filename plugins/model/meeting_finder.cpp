#include "model/meeting_finder.hpp"

#include "model/contexts.hpp"
#include "model/occurrences.hpp"
#include "model/unseen.hpp"
#include "model/value_types.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

bool is_same_or_part(const access_path& whole, const access_path& part) {
  if (whole.through || !is_part_of(part.where, whole.where)) return false;
  for (std::size_t n = whole.where.path.size(); n + 1 < part.where.path.size(); ++n)
    if (is_pointer_like(type_at([&] { place p = part.where; p.path.resize(n + 1); return p; }()))) return false;
  return !part.through;
}

bool is_plain_lock(const place& p) {
  if (p.is_element() || (p.variable() && p.variable()->getType()->isReferenceType())) return false;
  return llvm::none_of(p.path, [](const Decl* d) { return isa<FieldDecl>(d) && cast<FieldDecl>(d)->getType()->isReferenceType(); });
}

// Fibers of one thread, of which one runs at a time.
bool is_cooperative(const spawn_site& s) {
  const auto* k = dyn_cast<CXXConstructExpr>(s.expr);
  const auto* c = dyn_cast<CallExpr>(s.expr);
  const NamedDecl* d = k ? static_cast<const NamedDecl*>(k->getConstructor()) : c ? c->getDirectCallee() : nullptr;
  return d && (plain_name(*d).starts_with("boost::") || plain_name(*d).starts_with("folly::"));
}

}  // namespace

bool in_conflict(const deep_access& a, const deep_access& b) {
  const direct_access &x = a.what, &y = b.what;
  if (x.calls || y.calls || !(x.writes || y.writes) || (x.atomic && y.atomic)) return false;
  if (x.path.sweeps != y.path.sweeps || (x.path.sweeps && a.conditional && b.conditional)) return false;
  if (x.path.where == y.path.where) return x.path.through == y.path.through;
  return (x.whole && is_same_or_part(x.path, y.path)) || (y.whole && is_same_or_part(y.path, x.path));
}

bool may_share_a_lock(const standing& a, const standing& b) {
  for (auto& [p, mine] : a.held)
    for (auto& [q, others] : b.held) {
      bool one = may_be_one_lock(p, q);
      if (one && !(mine.read && others.read)) return true;
      if (!one && (!is_plain_lock(p) || !is_plain_lock(q))) return true;
    }
  return false;
}

meeting_finder::meeting_finder(const flow& f, unit& u, deep_accesses& all, left_behind& left, moved_pointers& moved)
    : unit_(u), flow_(f), accesses_(all), moved_(moved), sites_(f, u, &left), standing_(f, u, all), solved_(f, standing_) {}

bool meeting_finder::prepare() {
  if (sites_.sites().empty() || sites_.sites().size() > most || !solved_.complete()) return false;
  meanwhile problem(sites_, flow_, unit_, &accesses_);
  solution<meanwhile> solved(flow_, problem);
  if (!solved.complete()) return false;
  solved_.each_step([&](const step& st, const standing& before) {
    for (unsigned n = 0; n != sites_.sites().size(); ++n)
      if (starts(st, n)) at_start_[n] = before;
  });
  find_concurrent(solved);
  return true;
}

bool meeting_finder::starts(const step& st, unsigned site) const {
  if (const step* call = sites_.call_of(site)) return call == &st;
  return st.kind == step_kind::spawn && sites_.index_of(st) == site;
}

void meeting_finder::find_concurrent(const solution<meanwhile>& solved) {
  auto at_step = [&](const step& st, const meanwhile::state& s) {
    joins::state running = s.running();
    if (st.origin) meanwhile_[st.origin] |= running;
    note_told(st, s.alive | s.waited);
    for (unsigned n = 0; running.any() && n != sites_.sites().size(); ++n)
      for (unsigned m = 0; starts(st, n) && m != sites_.sites().size(); ++m)
        if (running[m]) concurrent_.insert({n, m});
  };
  solved.each_point(at_step, [&](const Stmt* at, const meanwhile::state& s) {
    if (s.running().any()) meanwhile_[at] |= s.running();
  });
}

void meeting_finder::note_told(const step& st, joins::state before) {
  auto note = [&](role what, const place& p) {
    if ((is_signalling(what) || is_waiting(what)) && before.any()) told_here_[p] |= before;
  };
  if (st.kind == step_kind::op) note(st.what, st.where);
  if (st.kind != step_kind::call || before.none()) return;
  for (const effect& e : unit_.summary_of(st.callee).effects) note(e.what, st.entry->translate(e.where));
}

std::vector<deep_access> meeting_finder::accesses_of(unsigned n) {
  const spawn_site& s = *sites_.sites()[n];
  if (!s.expr || s.handle_is_elsewhere() || is_deferred(s) || is_cooperative(s) || at_start_[n].decided) return {};
  const step* call = sites_.call_of(n);
  binding b = call ? entered_by(*call, unit_).then(bound_at_start(s)) : bound_at_start(s);
  std::vector<deep_access> found = accesses_.of_goroutine(s, b, function(), call);
  std::erase_if(found, [&](const deep_access& a) { return call && !a.what.calls && !is_known_here(a.what.path.where); });
  return found;
}

// Of this function, or around it.
bool meeting_finder::is_known_here(const place& p) const {
  const VarDecl* v = p.variable();
  if (!v || !v->hasLocalStorage()) return true;
  for (const FunctionDecl* f = &function(); f; f = unit_.written_in(f))
    if (v->getDeclContext() == f) return true;
  return false;
}

// Of a for statement: gosan-closure-capture speaks of those.
bool meeting_finder::is_loop_variable(const place& p) const {
  const VarDecl* v = p.variable();
  return v && unit_.is_loop_variable(v) && !v->getType()->isReferenceType();
}

bool meeting_finder::is_of_one_turn(const place& p, unsigned site) const {
  const VarDecl* v = p.variable();
  const step* call = sites_.call_of(site);
  return v && flow_.is_of_same_turn(v, call ? call->origin : static_cast<const Stmt*>(sites_.sites()[site]->expr));
}

SourceLocation meeting_finder::start_of(unsigned n) const {
  const step* call = sites_.call_of(n);
  return call ? call->at : sites_.sites()[n]->expr->getBeginLoc();
}

party meeting_finder::party_of(const deep_access& a, unsigned n) const {
  const spawn_site& s = *sites_.sites()[n];
  bool within = !sites_.call_of(n) && s.lambda && unit_.written_in(s.body) == &function();
  return {a, start_of(n), sites_.call_of(n) != nullptr, within};
}

bool meeting_finder::may_be_told(const standing& s, unsigned by) {
  return llvm::any_of(s.awaited, [&](const place& p) { return may_tell(p, by, false); }) ||
         llvm::any_of(s.sent, [&](const place& p) { return may_tell(p, by, true); });
}

bool meeting_finder::may_tell(const place& p, unsigned by, bool by_receiving) {
  if (!is_made_in(p, flow_, unit_.roles()) || escapes(p.variable(), function().getBody(), unit_)) return true;
  if (auto at = told_here_.find(p); at != told_here_.end() && at->second[by]) return true;
  for (unsigned n = 0; n != sites_.sites().size(); ++n) {
    const summary does = unit_.effects_of(*sites_.sites()[n]);
    bool tells = false, waits = false;
    for (const effect& e : does.effects) {
      bool is_way = by_receiving ? is_waiting(e.what) || e.what == role::try_recv : is_signalling(e.what);
      tells |= is_way && (!e.where || e.where.root == p.root);
      waits |= is_waiting(e.what) && !(e.properties & props::query_only);
    }
    // Not what it only hands to others, as a loop over a channel does: that has been asked about above.
    for (const place& t : sites_.tokens(n)) tells |= !by_receiving && (!t || t.root == p.root) && !llvm::is_contained(does.escapes, t);
    if (tells && (n == by || waits)) return true;
  }
  return false;
}

bool meeting_finder::waits_at_gate(unsigned site, const standing& s) {
  return llvm::any_of(at_start_[site].held, [&](auto& one) { return s.passed.count(one.first) || s.held.count(one.first); });
}

bool meeting_finder::are_apart(const deep_access& a, unsigned n, const deep_access& b, unsigned m) {
  if (is_loop_variable(a.what.path.where) || a.stands.decided || b.stands.decided || may_share_a_lock(a.stands, b.stands)) return true;
  if (n == m && (a.stands.chosen || b.stands.chosen)) return true;
  bool another_turn = n == m || !unit_.sources().isBeforeInTranslationUnit(start_of(m), start_of(n));
  if (another_turn && is_of_one_turn(a.what.path.where, n)) return true;
  if (waits_at_gate(n, a.stands) || waits_at_gate(m, b.stands)) return true;
  return may_be_told(a.stands, m) || may_be_told(b.stands, n) || !moved_.stay_along(a.what.path.where);
}

bool meeting_finder::judge(unsigned n, unsigned m, std::vector<meeting>& out) {
  for (const deep_access& a : by_site_[n])
    for (const deep_access& b : by_site_[m]) {
      if (!in_conflict(a, b) || are_apart(a, n, b, m)) continue;
      party one = party_of(a, n), other = party_of(b, m);
      if (one.within == other.within ? !a.what.writes : !one.within) std::swap(one, other);
      out.push_back({std::move(one), std::move(other), n == m});
      return out.size() < enough;
    }
  return true;
}

void meeting_finder::judge(std::vector<meeting>& out) {
  for (unsigned n = 0; n != sites_.sites().size(); ++n) by_site_.push_back(accesses_of(n));
  for (auto [n, m] : concurrent_)
    if (!judge(n, m, out)) return;
  if (llvm::any_of(meanwhile_, [](auto& one) { return one.second.any(); })) judge_own(out);
}

// What the function has waited for before the goroutine's start has no part in it.
void meeting_finder::judge_own(std::vector<meeting>& out) {
  auto without_what_was_before = [](standing& s) {
    s.awaited.clear();
    s.sent.clear();
  };
  for (const deep_access& own : accesses_.gathered(flow_, solved_, without_what_was_before)) {
    auto at = meanwhile_.find(own.at);
    if (own.in_own_goroutine || at == meanwhile_.end() || own.stands.decided || is_loop_variable(own.what.path.where)) continue;
    for (unsigned n = 0; n != by_site_.size(); ++n)
      if (at->second[n] && judge_own(own, n, out)) break;
    if (out.size() >= enough) return;
  }
}

bool meeting_finder::are_apart(const deep_access& own, const deep_access& a, unsigned site) {
  if (a.stands.decided || !a.stands.awaited.empty() || !a.stands.sent.empty()) return true;
  if (may_share_a_lock(own.stands, a.stands) || waits_at_gate(site, a.stands) || may_be_told(own.stands, site)) return true;
  bool before_start = unit_.sources().isBeforeInTranslationUnit(own.at->getBeginLoc(), start_of(site));
  return (before_start && is_of_one_turn(own.what.path.where, site)) || !moved_.stay_along(own.what.path.where);
}

bool meeting_finder::judge_own(const deep_access& own, unsigned site, std::vector<meeting>& out) {
  for (const deep_access& a : by_site_[site]) {
    if (!in_conflict(own, a) || are_apart(own, a, site)) continue;
    out.push_back({{own, {}, false, true}, party_of(a, site)});
    return true;
  }
  return false;
}

std::vector<run_parameter> meeting_finder::runs() {
  std::vector<run_parameter> found;
  for (unsigned n = 0; n != sites_.sites().size(); ++n) {
    if (!concurrent_.count({n, n}) || sites_.call_of(n)) continue;
    for (const deep_access& a : accesses_of(n)) {
      const auto* p = a.what.calls ? dyn_cast<ParmVarDecl>(a.what.path.where.root) : nullptr;
      if (!p || p->getDeclContext() != &function() || !a.stands.held.empty() || a.stands.decided || a.stands.chosen) continue;
      standing others = a.stands;
      others.awaited.erase(place(p));  // in the turn before: whoever hands it on is asked
      if (!may_be_told(others, n)) found.push_back({p, sites_.sites()[n]->expr->getBeginLoc()});
    }
  }
  return found;
}

}  // namespace gosan::checks
