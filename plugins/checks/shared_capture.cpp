#include "model/accesses.hpp"
#include "model/check.hpp"
#include "model/joins.hpp"

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
    .limits = "A body that locks anything, or waits for anything, is taken to do so for the variable's sake. Elements of containers "
              "are not told apart, and so not judged.",
};

struct shared_use {
  variable_access access;
  unsigned site;
};

// Whether the body does something that may order its accesses: then no judgement.
bool orders(const spawn_site& s, unit& u) {
  for (const effect& e : u.effects_of(s).effects) {
    switch (e.what) {
      case role::lock:
      case role::try_lock:
      case role::wait:
      case role::recv:
      case role::range:
      case role::try_recv:
      case role::rendezvous:
      case role::call_now:
      case role::select:
        return true;
      default:
        break;
    }
  }
  return false;
}

std::set<const VarDecl*> captured_by_reference(const spawn_site& s, const FunctionDecl& f) {
  std::set<const VarDecl*> found;
  if (!s.lambda) return found;
  for (const LambdaCapture& c : s.lambda->captures()) {
    if (!c.capturesVariable() || c.getCaptureKind() != LCK_ByRef) continue;
    const auto* v = dyn_cast<VarDecl>(c.getCapturedVar());
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
    for (auto& [v, uses] : by_variable_) judge(v, uses);
  }

 private:
  void gather() {
    for (unsigned n = 0; n != joins_.sites().size(); ++n) {
      const spawn_site& s = *joins_.sites()[n];
      auto captured = captured_by_reference(s, flow_.function());
      if (captured.empty() || s.handle_is_elsewhere() || orders(s, unit_)) continue;
      for (const variable_access& a : accesses_in(s.lambda->getBody()))
        if (captured.count(a.variable) && !is_loop_variable(a.variable)) by_variable_[a.variable].push_back({a, n});
    }
  }

  // Of a for statement: gosan-closure-capture speaks of those.
  bool is_loop_variable(const VarDecl* v) const {
    return v->getType()->isReferenceType() || unit_.is_loop_variable(v);
  }

  // Which sites can run at the same time, themselves included.
  void find_concurrent() {
    solution<joins> solved(flow_, joins_);
    if (!solved.complete()) return;
    solved.each_step([&](const step& st, const joins::state& before) {
      if (st.kind != step_kind::spawn) return;
      unsigned n = joins_.index_of(st);
      for (unsigned m = 0; n != joins::most && m != joins_.sites().size(); ++m)
        if (before[m]) concurrent_.insert({n, m}), concurrent_.insert({m, n});
    });
  }

  // A variable that is made anew in the turn of the loop that starts the goroutine is not shared between turns.
  bool is_of_one_turn(const VarDecl* v, unsigned site) const {
    const Stmt* loop = flow_.loop_around(joins_.sites()[site]->expr);
    for (const scope* at = flow_.scope_of(joins_.sites()[site]->expr); at && at->stmt != loop; at = at->outer)
      if (at->what == scope::kind::variable && at->variable->getCanonicalDecl() == v) return true;
    return false;
  }

  void judge(const VarDecl* v, const std::vector<shared_use>& uses) {
    for (const shared_use& write : uses) {
      if (!write.access.writes) continue;
      for (const shared_use& other : uses) {
        if (!concurrent_.count({write.site, other.site})) continue;
        if (write.site == other.site && is_of_one_turn(v, write.site)) continue;
        report(write, other);
        return;
      }
    }
  }

  void report(const shared_use& write, const shared_use& other) {
    diagnosis d;
    std::string name = write.access.variable->getNameAsString();
    d.at = write.access.use->getLocation();
    bool same = write.site == other.site;
    d.text = "'" + name + "' is written here by " + (same ? "every goroutine that the loop starts" : "a goroutine while another uses it") +
             ", and nothing keeps them apart";
    d.notes.push_back({joins_.sites()[write.site]->expr->getBeginLoc(), same ? "the goroutines start here, in a loop" : "the goroutine starts here"});
    if (!same) {
      d.notes.push_back({other.access.use->getLocation(), std::string("the other ") + (other.access.writes ? "writes" : "reads") + " it here"});
      d.notes.push_back({joins_.sites()[other.site]->expr->getBeginLoc(), "the other starts here"});
    }
    out_.add(std::move(d));
  }

  const flow& flow_;
  unit& unit_;
  findings& out_;
  joins joins_;
  std::map<const VarDecl*, std::vector<shared_use>> by_variable_;
  std::set<std::pair<unsigned, unsigned>> concurrent_;
};

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) capture_examiner(*fl, u, out).examine();
}

}  // namespace

extern const check shared_capture;
const check shared_capture{info, run};

}  // namespace gosan::checks
