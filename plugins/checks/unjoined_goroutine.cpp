#include "model/check.hpp"
#include "model/joins.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-unjoined-goroutine",
    .title = "main, or a test, can return before a goroutine that it started has done its work",
    .why = "The program ends with main, whatever goroutines are still doing: their work is lost. A test that returns early has not "
           "seen what it meant to test.",
    .wrong = R"(int main() {
  gosan::go(send_mail, user);
})",
    .right = R"(int main() {
  gosan::wait_group mails;
  mails.go(send_mail, user);
  mails.wait();
})",
    .since = "0.1.0",
    .limits = "Only goroutines that come to their end by themselves are judged: one that waits for others, or for its context, is "
              "the matter of other checks. A main that an exception of some call sends to a handler has failed; what it leaves "
              "behind then is not judged.",
};

bool is_main_like(const FunctionDecl* f) {
  if (f->isMain()) return true;
  const auto* m = dyn_cast<CXXMethodDecl>(f);
  return m && m->getIdentifier() && m->getName() == "TestBody" && m->isVirtual();
}

// Whether the body does its work and ends: no waiting for others, no loop for ever.
bool ends_by_itself(const spawn_site& s, unit& u, int depth = 0) {
  if (!u.is_users(s.body)) return false;
  for (const effect& e : u.summary_of(s.body).effects) {
    switch (e.what) {
      case role::recv:
      case role::range:
      case role::wait:
      case role::rendezvous:
      case role::send:
      case role::select:
      case role::context_done:
        return false;
      default:
        break;
    }
  }
  const flow* f = u.flow_of(s.body);
  if (!f) return false;
  bool returns = false;
  struct nothing {
    struct state {};
    state entry() const { return {}; }
    void apply(state&, const step&) const {}
    bool join(state&, const state&) const { return false; }
  } problem;
  solution<nothing>(*f, problem).each_exit([&](const nothing::state&, const CFGBlock&) { returns = true; });
  if (!returns) return false;
  bool good = true;
  f->each([&](const step& st) {
    if (st.kind != step_kind::call || !st.certain || depth > 3) return;
    spawn_site inner;
    inner.body = st.callee;
    good &= ends_by_itself(inner, u, depth + 1);
  });
  return good;
}

// What a callee leaves running to tell others, close a channel for them later, say, is the matter of those.
bool signals(const spawn_site& s, unit& u) {
  return llvm::any_of(u.summary_of(s.body).effects, [](const effect& e) { return is_signalling(e.what); });
}

// Whether the function counts something and waits for it: a goroutine that then does not count itself out is the matter of
// gosan-missing-done.
bool counts_and_waits(const flow& f) {
  std::set<place> counted, waited;
  f.each([&](const step& st) {
    if (st.kind == step_kind::op && st.what == role::add) counted.insert(st.where);
    if (st.kind == step_kind::op && st.what == role::wait) waited.insert(st.where);
  });
  return llvm::any_of(counted, [&](const place& p) { return waited.count(p) != 0; });
}

// What an exception of some call cuts short has failed, and says so: only what the text itself leaves early counts.
class joins_unless_failed : public joins {
 public:
  using joins::joins;
  void apply(state& s, const step& st) const {
    if (st.kind == step_kind::throws && st.implicit) s.reset();
    else joins::apply(s, st);
  }
};

void examine(const flow& f, unit& u, left_behind& calls, findings& out) {
  if (counts_and_waits(f)) return;
  joins_unless_failed problem(f, u, &calls);
  if (problem.sites().empty()) return;
  solution<joins_unless_failed> solved(f, problem);
  if (!solved.complete()) return;
  std::set<unsigned> said;
  solved.each_exit([&](const joins::state& s, const CFGBlock& b) {
    for (unsigned n = 0; n != problem.sites().size(); ++n) {
      const spawn_site& site = *problem.sites()[n];
      bool judged = !site.entry.has(props::thread) && !site.entry.has(props::daemon) && !site.entry.has(props::detached) &&
                    !site.handle_is_elsewhere() && !(problem.call_of(n) && signals(site, u));
      if (!s[n] || !judged || !ends_by_itself(site, u) || !said.insert(n).second) continue;
      const step* call = problem.call_of(n);
      diagnosis d;
      d.at = call ? call->at : site.expr->getBeginLoc();
      d.text = std::string("nothing waits for ") + (call ? "the goroutine that this call leaves running" : "this goroutine") + ": '" +
               f.function().getNameAsString() + "' can return before its work is done";
      if (call) d.notes.push_back({site.expr->getBeginLoc(), "the goroutine starts here"});
      d.notes.push_back({f.leaves_at(b), f.function().isMain() ? "the program ends here" : "the test ends here"});
      out.add(std::move(d));
    }
  });
}

void run(unit& u, findings& out) {
  left_behind calls(u);
  for (const FunctionDecl* f : u.functions_and_callers_of(role::spawn))
    if (is_main_like(f))
      if (const flow* fl = u.flow_of(f)) examine(*fl, u, calls, out);
}

}  // namespace

extern const check unjoined_goroutine;
const check unjoined_goroutine{info, run};

}  // namespace gosan::checks
