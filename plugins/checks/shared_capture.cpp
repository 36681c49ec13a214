#include "model/accesses.hpp"
#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/meanwhile.hpp"
#include "model/meeting_text.hpp"
#include "model/occurrences.hpp"
#include "model/settling.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-shared-capture",
    .title = "goroutines share a variable by reference, one of them writes, and nothing keeps them apart",
    .why = "A read and a write, or two writes, at the same time are a data race: the behaviour is undefined, and updates are lost.",
    .wrong = R"(int counter = 0;
for (int i = 0; i < 10; ++i) group.go([&counter] { ++counter; });
group.wait();)",
    .right = R"(std::atomic<int> counter = 0;
for (int i = 0; i < 10; ++i) group.go([&counter] { ++counter; });
group.wait();)",
    .since = "0.1.0",
    .limits = "What a captured pointer or `this` leads to is judged like a variable, field by field, among the goroutines that one function starts, those that these start or its calls leave running, and what it does itself; "
              "methods and functions are followed where their bodies are seen, some calls deep, and so are callables that a function runs by several goroutines. "
              "The locks that count are those held at the access. What has been waited for before it is taken to order it where the other may tell of it, and so is what a lock or an atomic was asked before a decision, and a call of what is not seen. "
              "Elements of containers are judged where a constant tells which or a loop comes to all; what leads there by a pointer that is set again is not.",
};

constexpr unsigned spawner = joins::most;  // the function itself, among the numbers of sites

struct shared_use {
  variable_access access;
  unsigned site;
};

// Whether the body does something that may order its accesses: then no judgement. Locks are looked at by themselves.
bool orders(const spawn_site& s, unit& u) {
  for (const effect& e : u.effects_of(s).effects) {
    switch (e.what) {
      case role::try_lock:
      case role::wait:
      case role::recv:
      case role::range:
      case role::try_recv:
      case role::rendezvous:
      case role::call_now:
      case role::select:
      case role::context_done:
      case role::send:  // waits for who receives
        return true;
      default:
        break;
    }
  }
  return false;
}

// Atomics and the like: who comes last may be the one to go on.
bool signals(const spawn_site& s, unit& u) {
  return llvm::any_of(u.effects_of(s).effects, [](const effect& e) { return e.what == role::signal; });
}

std::set<place> locks_in(const summary& does) {
  std::set<place> found;
  for (const effect& e : does.effects)
    if (e.what == role::lock) found.insert(e.where);
  return found;
}

bool can_meet(const variable_access& a, const variable_access& b) {
  return a.pointee == b.pointee && a.cell == b.cell && (a.field == b.field || !a.field || !b.field);
}

std::string name_of(const variable_access& a) {
  if (isa<CXXRecordDecl>(a.variable)) return "'" + a.field->getNameAsString() + "'";
  std::string name = cast<VarDecl>(a.variable)->getNameAsString();
  if (a.cell) return "'" + name + "[" + std::to_string(*a.cell) + "]'";
  if (!a.pointee) return a.field ? "'" + name + "." + a.field->getNameAsString() + "'" : "'" + name + "'";
  return a.field ? "'" + name + "->" + a.field->getNameAsString() + "'" : "'*" + name + "'";
}

// Variables that the goroutine shares by reference, and pointers by which it shares what they lead to: `this` stands for its class.
std::set<const Decl*> captured_by(const spawn_site& s, const FunctionDecl& f, bool pointers, const unit& u) {
  std::set<const Decl*> found;
  if (!s.lambda) return found;
  const auto* init = s.lambda->capture_init_begin();
  for (const LambdaCapture& c : s.lambda->captures()) {
    const Expr* made_from = *init++;
    if (c.getCaptureKind() == LCK_This && pointers && made_from)
      if (const CXXRecordDecl* own = made_from->getType()->getPointeeType()->getAsCXXRecordDecl()) found.insert(own->getCanonicalDecl());
    if (!c.capturesVariable() || (c.getCaptureKind() != LCK_ByRef && !pointers)) continue;
    const auto* v = dyn_cast<VarDecl>(c.getCapturedVar());
    if (v && pointers && u.is_reassigned(v)) continue;
    if (!v || !v->hasLocalStorage() || v->getType()->isReferenceType() || v->isInitCapture()) continue;
    if (cast<Decl>(v->getDeclContext())->getCanonicalDecl() == f.getCanonicalDecl()) found.insert(v->getCanonicalDecl());
  }
  return found;
}

class capture_examiner {
 public:
  capture_examiner(const flow& f, unit& u, findings& out) : flow_(f), unit_(u), out_(out), joins_(f, u) {}

  void examine() {
    if (joins_.sites().empty()) return;
    gather();
    if (by_variable_.empty()) return;
    find_concurrent();
    for (auto& [key, uses] : by_variable_)
      if (!judge(key.first, uses)) judge_spawner(key.first, uses);
  }

  // What has been told.
  std::set<const Decl*> told;

 private:
  void gather() {
    locks_[spawner] = locks_in(unit_.summary_of(&flow_.function()));
    for (unsigned n = 0; n != joins_.sites().size(); ++n) {
      const spawn_site& s = *joins_.sites()[n];
      locks_[n] = locks_in(unit_.effects_of(s));
      if (!s.body || !s.body->getBody() || s.handle_is_elsewhere() || is_deferred(s) || orders(s, unit_)) continue;
      auto captured = captured_by(s, flow_.function(), false, unit_), pointers = captured_by(s, flow_.function(), true, unit_);
      bool by_fields = !signals(s, unit_);
      if (!by_fields) pointers.clear();
      std::optional<bool> of_globals;
      for (const variable_access& a : accesses_in(s.lambda ? s.lambda->getBody() : s.body->getBody(), unit_)) {
        bool shares = (a.pointee ? pointers : captured).count(a.variable) != 0;
        if (!shares && by_fields && is_global(a)) {
          if (!of_globals) of_globals = !calls_unseen(s.body, unit_);
          shares = *of_globals;
        }
        if (shares && (by_fields || !a.field) && !is_loop_variable(a.variable))
          by_variable_[{a.variable, isa<VarDecl>(a.variable) ? nullptr : a.field}].push_back({a, n});
      }
    }
  }

  bool is_global(const variable_access& a) const {
    const auto* v = dyn_cast<VarDecl>(a.variable);
    return v && !a.pointee && is_shared_global(*v, unit_);
  }

  // Of a for statement: gosan-closure-capture speaks of those.
  bool is_loop_variable(const Decl* d) const {
    const auto* v = dyn_cast<VarDecl>(d);
    return v && (v->getType()->isReferenceType() || unit_.is_loop_variable(v));
  }

  // An unknown lock may be any.
  bool may_share_a_lock(unsigned a, unsigned b) const {
    return llvm::any_of(locks_.at(a), [&](const place& p) {
      return llvm::any_of(locks_.at(b), [&](const place& q) { return may_be_one_lock(p, q); });
    });
  }

  // Which sites can run at the same time, themselves included; and which at each use by the function itself.
  void find_concurrent() {
    meanwhile problem(joins_, flow_, unit_, nullptr);
    solution<meanwhile> solved(flow_, problem);
    if (!solved.complete()) return;
    solved.each_step([&](const step& st, const meanwhile::state& s) {
      const joins::state before = s.running();
      if (st.kind == step_kind::access && before.any()) meanwhile_[st.origin] |= before;
      if (st.kind != step_kind::spawn) return;
      unsigned n = joins_.index_of(st);
      for (unsigned m = 0; n != joins::most && m != joins_.sites().size(); ++m)
        if (before[m]) concurrent_.insert({n, m}), concurrent_.insert({m, n});
    });
  }

  // Looked at last: Clang has to find out first what is within what.
  bool settle(unsigned site) {
    auto [at, fresh] = settle_.try_emplace(site, false);
    if (fresh) at->second = settles_by_atomics(joins_.sites()[site]->body, unit_);
    return at->second;
  }

  // A variable that is made anew in the turn of the loop that starts the goroutine is not shared between turns.
  bool is_of_one_turn(const Decl* d, unsigned site) const {
    const auto* v = dyn_cast<VarDecl>(d);
    return v && flow_.is_of_same_turn(v, joins_.sites()[site]->expr);
  }

  bool judge(const Decl* v, const std::vector<shared_use>& uses) {
    for (const shared_use& write : uses) {
      if (!write.access.writes) continue;
      for (const shared_use& other : uses) {
        if (!can_meet(write.access, other.access) || !concurrent_.count({write.site, other.site}) || may_share_a_lock(write.site, other.site)) continue;
        if (write.site == other.site && is_of_one_turn(v, write.site)) continue;
        if (settle(write.site) || settle(other.site)) continue;
        report(write, other);
        return true;
      }
    }
    return false;
  }

  // The function goes on to use what its goroutine uses.
  void judge_spawner(const Decl* v, const std::vector<shared_use>& uses) {
    for (const variable_access& own : own_accesses()) {
      auto alive = meanwhile_.find(own.use);
      if (own.variable != v || alive == meanwhile_.end()) continue;
      for (const shared_use& other : uses) {
        if (!can_meet(own, other.access) || !alive->second[other.site] || !(own.writes || other.access.writes) || may_share_a_lock(spawner, other.site)) continue;
        if (is_of_one_turn(v, other.site) && unit_.sources().isBeforeInTranslationUnit(own.use->getExprLoc(), start_of(other.site))) continue;
        if (settle(other.site)) continue;
        report_spawner(own, other);
        return;
      }
    }
  }

  const std::vector<variable_access>& own_accesses() {
    if (!own_) own_ = accesses_in(flow_.function().getBody(), unit_);
    return *own_;
  }

  SourceLocation start_of(unsigned site) const { return joins_.sites()[site]->expr->getBeginLoc(); }

  void report_spawner(const variable_access& own, const shared_use& other) {
    diagnosis d;
    d.at = own.use->getExprLoc();
    d.text = name_of(own) + " is " + (own.writes ? "written" : "read") + " here while a goroutine " + (other.access.writes ? "writes" : "reads") +
             " it, and nothing keeps them apart";
    d.notes.push_back({start_of(other.site), "the goroutine starts here, and has not been waited for"});
    d.notes.push_back({other.access.use->getExprLoc(), std::string("it ") + (other.access.writes ? "writes" : "reads") + " it here"});
    add(own, std::move(d));
  }

  void add(const variable_access& a, diagnosis d) {
    told.insert(isa<VarDecl>(a.variable) ? a.variable : a.field);
    out_.add(std::move(d));
  }

  void report(const shared_use& write, const shared_use& other) {
    diagnosis d;
    d.at = write.access.use->getExprLoc();
    bool same = write.site == other.site;
    d.text = name_of(write.access) + " is written here by " + (same ? "every goroutine that the loop starts" : "a goroutine while another uses it") +
             ", and nothing keeps them apart";
    d.notes.push_back({joins_.sites()[write.site]->expr->getBeginLoc(), same ? "the goroutines start here, in a loop" : "the goroutine starts here"});
    if (!same) {
      d.notes.push_back({other.access.use->getExprLoc(), std::string("the other ") + (other.access.writes ? "writes" : "reads") + " it here"});
      d.notes.push_back({joins_.sites()[other.site]->expr->getBeginLoc(), "the other starts here"});
    }
    add(write.access, std::move(d));
  }

  const flow& flow_;
  unit& unit_;
  findings& out_;
  joins joins_;
  std::map<std::pair<const Decl*, const Decl*>, std::vector<shared_use>> by_variable_;  // of what `this` leads to, by field
  std::set<std::pair<unsigned, unsigned>> concurrent_;
  std::map<unsigned, std::set<place>> locks_;
  std::map<unsigned, bool> settle_;
  std::map<const Stmt*, joins::state> meanwhile_;
  std::optional<std::vector<variable_access>> own_;
};

// The variable, or the member of `this`, that an access starts from.
const Decl* start_of(const place& p) { return isa<VarDecl>(p.root) || p.path.empty() ? p.root : p.path.front(); }

void run(unit& u, findings& out) {
  meetings met(u);
  std::set<SourceLocation> told_at_all;
  for (const FunctionDecl* f : u.functions_and_callers_of(role::spawn)) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    capture_examiner direct(*fl, u, out);
    direct.examine();
    for (const meeting& m : met.of(*fl))
      if (!direct.told.count(start_of(m.one.access.what.path.where)) && told_at_all.insert(told_at(m.one.access)).second) out.add(diagnosis_of(m));
  }
}

}  // namespace

extern const check shared_capture;
const check shared_capture{info, run};

}  // namespace gosan::checks
