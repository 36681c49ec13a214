#include "model/check.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-after-in-loop",
    .title = "a select in a loop makes a new timer in every turn",
    .why = "Each turn that another case wins leaves a timer behind that runs to its end, and the time limit starts anew: a steady "
           "stream of values keeps it from ever coming.",
    .wrong = R"(for (;;) {
  int which = gosan::select(gosan::recv_case(results, r), gosan::recv_case(gosan::after(10s)));
  if (which == 1) break;
})",
    .right = R"(auto timeout = gosan::after(10s);
for (;;) {
  int which = gosan::select(gosan::recv_case(results, r), gosan::recv_case(timeout));
  if (which == 1) break;
})",
    .since = "0.1.0",
    .limits = "A limit for each turn, where that is meant, is written with a gosan::timer that is reset.",
};

bool is_within(const Stmt* s, const Stmt* what) {
  if (!s) return false;
  if (s == what) return true;
  return llvm::any_of(s->children(), [&](const Stmt* c) { return is_within(c, what); });
}

void examine(const flow& f, findings& out) {
  std::vector<const step*> timers, selects;
  f.each([&](const step& st) {
    if (st.kind != step_kind::op) return;
    if (st.what == role::after) timers.push_back(&st);
    if (st.what == role::select) selects.push_back(&st);
  });
  for (const step* t : timers) {
    const Stmt* loop = f.loop_around(t->origin);
    if (!loop) continue;
    for (const step* s : selects) {
      if (cast<CallExpr>(s->origin)->getNumArgs() < 2 || !is_within(s->origin, t->origin)) continue;
      diagnosis d;
      d.at = t->origin->getBeginLoc();
      d.range = t->origin->getSourceRange();
      d.text = "a new timer is made in every turn of the loop";
      d.notes.push_back({loop->getBeginLoc(), "the loop; what is to limit all of it is made before it"});
      out.add(std::move(d));
    }
  }
}

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f)) examine(*fl, out);
}

}  // namespace

extern const check after_in_loop;
const check after_in_loop{info, run};

}  // namespace gosan::checks
