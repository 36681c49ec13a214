#include "model/check.hpp"

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
    .limits = "Only exceptions whose throw stands in the translation unit are seen, in the body or in what it calls.",
};

// Throws of a body that no try block around them may catch, here or in callees.
class throw_finder {
 public:
  explicit throw_finder(unit& u) : unit_(u) {}

  // The throw that can leave f; null: none is seen.
  const CXXThrowExpr* in(const FunctionDecl* f) {
    if (!unit_.is_users(f)) return nullptr;
    f = f->getDefinition();
    auto [at, fresh] = known_.try_emplace(f, nullptr);
    if (!fresh) return at->second;
    if (const auto* type = f->getType()->getAs<FunctionProtoType>(); type && type->isNothrow()) return nullptr;
    const CXXThrowExpr* found = nullptr;
    each(f->getBody(), [&](const Stmt*, const CXXThrowExpr* t) { found = found ? found : t; });
    return known_[f] = found;
  }

  // f(where in this body, the throw): for each throw or call in s by which an exception can leave it.
  template <class F>
  void each(const Stmt* s, F f) {
    if (!s || isa<LambdaExpr>(s)) return;
    if (const auto* t = dyn_cast<CXXTryStmt>(s)) {
      for (unsigned n = 0; n != t->getNumHandlers(); ++n) each(t->getHandler(n)->getHandlerBlock(), f);
      return;
    }
    if (const auto* t = dyn_cast<CXXThrowExpr>(s); t && t->getSubExpr()) f(t, t);
    if (const auto* c = dyn_cast<CallExpr>(s); c && c->getDirectCallee() && unit_.roles().of(*c).what == role::none)
      if (const CXXThrowExpr* t = in(c->getDirectCallee())) f(c, t);
    for (const Stmt* child : s->children()) each(child, f);
  }

 private:
  unit& unit_;
  std::map<const FunctionDecl*, const CXXThrowExpr*> known_;
};

void run(unit& u, findings& out) {
  throw_finder finder(u);
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    fl->each([&](const step& st) {
      if (st.kind != step_kind::spawn || st.has(props::catches) || !u.is_users(st.spawned->body)) return;
      finder.each(st.spawned->body->getBody(), [&](const Stmt* at, const CXXThrowExpr* t) {
        diagnosis d;
        d.at = at->getBeginLoc();
        d.text = at == t ? "this exception leaves the goroutine, and ends the program"
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
