#include "model/check.hpp"
#include "model/contexts.hpp"
#include "model/edits.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-ticker-not-stopped",
    .title = "a ticker is not stopped on some path",
    .why = "A ticker ticks on, and takes its share of the processor, for as long as its channel is held somewhere.",
    .wrong = R"(gosan::ticker every{1s};
for (int i = 0; i < 3; ++i) every.chan().recv();)",
    .right = R"(gosan::ticker every{1s};
gosan::defer stop{[&] { every.stop(); }};
for (int i = 0; i < 3; ++i) every.chan().recv();)",
    .since = "0.1.0",
};

// The statement that declares v, and nothing else.
const DeclStmt* declaration_of(const VarDecl* v, const Stmt* s) {
  if (!s) return nullptr;
  if (const auto* d = dyn_cast<DeclStmt>(s)) return d->isSingleDecl() && d->getSingleDecl() == v ? d : nullptr;
  if (isa<LambdaExpr>(s)) return nullptr;
  for (const Stmt* child : s->children())
    if (const DeclStmt* found = declaration_of(v, child)) return found;
  return nullptr;
}

void report(const VarDecl* v, const flow& f, const missed_exit& exit, bool stopped_somewhere, unit& u, findings& out) {
  diagnosis d;
  std::string name = v->getNameAsString();
  d.at = v->getLocation();
  d.text = "ticker '" + name + "' is " + (stopped_somewhere ? "not stopped on some path" : "never stopped");
  if (stopped_somewhere) d.notes.push_back({exit.at, "this path leaves without stop()"});
  const DeclStmt* s = declaration_of(v, f.function().getBody());
  if (s && !stopped_somewhere && s->getEndLoc().isFileID() && name_is_free("stop", f.function(), u.ast())) {
    std::string text = "\n" + indentation_at(s->getBeginLoc(), u.ast()) + "gosan::defer stop{[&] { " + name + ".stop(); }};";
    d.fixes.push_back(FixItHint::CreateInsertion(behind_token(s->getEndLoc(), u.ast()), text));
  }
  out.add(std::move(d));
}

void examine(const VarDecl* v, const flow& f, unit& u, findings& out) {
  place p(v->getCanonicalDecl());
  if (escapes(v, f.function().getBody(), u)) return;
  const summary& does = u.summary_of(&f.function());
  bool stopped = llvm::any_of(does.effects, [&](const effect& e) { return e.what == role::stop && e.where == p; });
  for (const auto& c : contexts_of(&f.function(), u))
    if (c.site && c.does_any(role::stop, p)) return;  // by another goroutine
  if (auto exits = exits_without(f, u, role::stop, p); !exits.empty()) report(v, f, exits.front(), stopped, u, out);
}

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    std::set<const VarDecl*> tickers;
    fl->each([&](const step& st) {
      if (st.kind != step_kind::dies) return;
      role_entry r = u.roles().of_type(st.variable->getType());
      bool owns = !st.variable->getType()->isReferenceType() && !st.variable->getType()->isPointerType();
      if (r.what == role::ticker && !r.has(props::timed) && owns && !isa<ParmVarDecl>(st.variable)) tickers.insert(st.variable);
    });
    for (const VarDecl* v : tickers) examine(v, *fl, u, out);
  }
}

}  // namespace

extern const check ticker_not_stopped;
const check ticker_not_stopped{info, run};

}  // namespace gosan::checks
