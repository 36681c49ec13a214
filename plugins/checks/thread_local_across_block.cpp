#include "model/check.hpp"
#include "model/dataflow.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-thread-local-across-block",
    .title = "a thread_local is used on both sides of an operation that can move the goroutine to another thread",
    .why = "A goroutine that was parked may go on on another OS thread. A reference that it took to a thread_local leads to the "
           "variable of the thread it left, which now runs something else; a value that it set is not there any more.",
    .wrong = R"(thread_local request current;

void serve(gosan::chan<int> answers) {
  auto& mine = current;
  mine.id = next();
  answers.recv();
  log(mine.id);
})",
    .right = R"(void serve(gosan::chan<int> answers) {
  request mine;
  mine.id = next();
  answers.recv();
  log(mine.id);
})",
    .since = "0.1.0",
    .limits = "References and pointers that a variable is made with, and plain numbers and pointers that are set and read. A value "
              "that a condition looks at first is taken to be tested for what the new thread has.",
};

// What is known of a variable: how it was last used, and the operation that may have moved the goroutine since.
struct fact {
  access how = access::none;
  const Stmt* origin = nullptr;
  const Stmt* moved = nullptr;
};

struct moved_problem {
  using state = std::map<const VarDecl*, fact>;
  unit& u;

  state entry() const { return {}; }

  // The operation of a step that can park the goroutine.
  const Stmt* parks(const step& st) const {
    if (st.kind == step_kind::op) return st.has(props::parks) && !st.has(props::query_only) ? st.origin : nullptr;
    if (st.kind != step_kind::call) return nullptr;
    for (const effect& e : u.summary_of(st.callee).effects)
      if ((e.properties & props::parks) != 0 && (e.properties & props::query_only) == 0) return st.origin;
    return nullptr;
  }

  void apply(state& s, const step& st) const {
    if (const Stmt* at = parks(st)) {
      for (auto& one : s)
        if (!one.second.moved) one.second.moved = at;
    } else if (st.kind == step_kind::access) {
      auto at = s.find(st.variable);
      if (st.how == access::read && at != s.end() && at->second.moved) s.erase(at);
      else if (st.how != access::use && st.how != access::read) s[st.variable] = {st.how, st.origin, nullptr};
    } else if (st.kind == step_kind::dies) {
      s.erase(st.variable->getCanonicalDecl());
    }
  }

  // A variable counts as used before when it was on some path.
  bool join(state& into, const state& from) const {
    bool grew = false;
    for (auto& [v, f] : from) {
      auto [at, fresh] = into.insert({v, f});
      grew |= fresh;
      if (!fresh && !at->second.moved && f.moved) at->second = f, grew = true;
    }
    return grew;
  }
};

bool mentions(const Stmt* s, const VarDecl* v) {
  if (!s) return false;
  if (const auto* r = dyn_cast<DeclRefExpr>(s)) return r->getDecl()->getCanonicalDecl() == v;
  return llvm::any_of(s->children(), [&](const Stmt* c) { return mentions(c, v); });
}

void gather(const Stmt* s, llvm::DenseSet<const Stmt*>& to) {
  if (!s || !to.insert(s).second) return;
  for (const Stmt* c : s->children()) gather(c, to);
}

class examiner {
 public:
  examiner(const flow& f, unit& u, findings& out) : flow_(f), unit_(u), out_(out) {}

  void examine() {
    bool any = false;
    flow_.each([&](const step& st) { any |= st.kind == step_kind::access && st.variable; });
    if (!any) return;
    for (const CFGBlock* b : flow_.cfg())
      if (b) gather(b->getTerminatorCondition(), conditions_);
    moved_problem problem{unit_};
    solution<moved_problem> solved(flow_, problem);
    if (solved.complete()) solved.each_step([&](const step& st, const moved_problem::state& s) { look_at(st, s); });
  }

 private:
  void look_at(const step& st, const moved_problem::state& s) {
    if (st.kind != step_kind::access) return;
    if (st.how == access::write) look_at_copies(st, s);
    auto at = s.find(st.variable);
    if (at == s.end() || !at->second.moved || conditions_.count(st.origin)) return;
    std::string name = "'" + st.variable->getNameAsString() + "'";
    access before = at->second.how;
    if (st.how == access::use && before == access::refers)
      report(st, at->second, name + " refers to a thread_local of the thread that the goroutine may have left", "made here");
    if (st.how == access::read && before == access::write)
      report(st, at->second, name + " is a thread_local, and may be another thread's than the one that was set", "set here");
    if ((st.how == access::down && before == access::up) || (st.how == access::up && before == access::down))
      report(st, at->second, name + " is a thread_local, and may be another thread's than the one that was counted before",
             "counted here");
  }

  // `saved = t; park; t = saved`: what is put back came from another thread's.
  void look_at_copies(const step& st, const moved_problem::state& s) {
    const auto* assignment = dyn_cast<BinaryOperator>(st.origin);
    for (auto& [v, f] : s)
      if (assignment && f.how == access::copies && f.moved && mentions(v->getInit(), st.variable) && mentions(assignment->getRHS(), v))
        report(st, f, "'" + st.variable->getNameAsString() + "' is a thread_local, and gets what may be another thread's value",
               "read here");
  }

  void report(const step& st, const fact& f, const std::string& text, const char* before) {
    diagnosis d;
    d.at = st.at;
    d.text = text;
    d.notes.push_back({f.origin->getBeginLoc(), before});
    d.notes.push_back({f.moved->getBeginLoc(), "the goroutine can be parked here, and go on on another thread"});
    out_.add(std::move(d));
  }

  const flow& flow_;
  unit& unit_;
  findings& out_;
  llvm::DenseSet<const Stmt*> conditions_;
};

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) examiner(*fl, u, out).examine();
}

}  // namespace

extern const check thread_local_across_block;
const check thread_local_across_block{info, run};

}  // namespace gosan::checks
