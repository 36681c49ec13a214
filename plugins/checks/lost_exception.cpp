#include "model/check.hpp"
#include "model/throwing.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-lost-exception",
    .title = "an exception can leave a goroutine that nothing catches it in",
    .why = "Nobody can catch it where the goroutine was started: it ends the program. An errgroup keeps the first one, and its wait() "
           "throws it where somebody can do something about it.",
    .wrong = R"(for (const task& t : tasks) {
  gosan::go([t] { process(t); });  // throws
})",
    .right = R"(gosan::errgroup group;
for (const task& t : tasks) {
  group.go([t] { process(t); });
}
group.wait();)",
    .since = "0.1.0",
    .limits = "Only exceptions whose throw stands in the translation unit are seen, in the body or in what it calls; `throw;` in a handler "
              "throws those on that its try block shows. A std::logic_error "
              "is taken for what it says, a mistake in the program found as by an assert, and a std::bad_alloc for one that nobody can go on after: "
              "to end there is meant. What a macro of another file throws, an assertion of a test framework, is not judged.",
};

void run(unit& u, findings& out) {
  throw_finder finder(u);
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    fl->each([&](const step& st) {
      if (st.kind != step_kind::spawn || st.has(props::catches) || !u.is_users(st.spawned->body)) return;
      std::set<const CXXThrowExpr*> said;  // each once, by the first call that comes to it
      finder.each(st.spawned->body->getBody(), {}, [&](const Stmt* at, const CXXThrowExpr* t) {
        if (is_by_macro_of_others(at, u) || !said.insert(t).second) return;
        diagnosis d;
        d.at = at->getBeginLoc();
        d.text = isa<CXXThrowExpr>(at) ? "this exception leaves the goroutine, and ends the program"
                         : "an exception of this call leaves the goroutine, and ends the program";
        if (at != t) d.notes.push_back({t->getThrowLoc(), "thrown here"});
        d.notes.push_back({st.at, "the goroutine starts here; an errgroup hands the exception to wait()"});
        out.add(std::move(d));
      });
    });
  }
}

}  // namespace

extern const check lost_exception;
const check lost_exception{info, run};

}  // namespace gosan::checks
