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
    .limits = "Only exceptions whose throw stands in the translation unit are seen, in the body or in what it calls; `throw;` in a handler "
              "throws those on that its try block shows. A std::logic_error "
              "is taken for what it says, a mistake in the program found as by an assert, and a std::bad_alloc for one that nobody can go on after: "
              "to end there is meant. What a macro of another file throws, an assertion of a test framework, is not judged.",
};

// Parameters whose value is plain at the call: a flag that is left at its default, say.
using flags = std::map<const ParmVarDecl*, bool>;

// A failed assertion, or no memory.
bool is_meant_to_end(const CXXThrowExpr* t) {
  const CXXRecordDecl* c = t->getSubExpr()->getType()->getAsCXXRecordDecl();
  return c && c->isInStdNamespace() && c->getIdentifier() && (c->getName() == "logic_error" || c->getName() == "bad_alloc");
}

// `pointer->` and `*pointer`: what a pointer class throws of itself when it is null is an assertion as well.
bool is_access(const CallExpr* c) {
  const auto* o = dyn_cast<CXXOperatorCallExpr>(c);
  return o && (o->getOperator() == OO_Arrow || (o->getOperator() == OO_Star && o->getNumArgs() == 1));
}

// CHECK(...) of a test framework: its macro is defined elsewhere, and what it throws is the framework's affair.
bool is_by_macro_of_others(const Stmt* at, const unit& u) {
  const SourceLocation l = at->getBeginLoc();
  if (!l.isMacroID()) return false;
  const SourceManager& sm = u.sources();
  SourceLocation spelled = l;
  while (spelled.isMacroID() && !sm.isMacroArgExpansion(spelled)) spelled = sm.getImmediateSpellingLoc(spelled);
  return !spelled.isMacroID() && sm.getFileID(spelled) != sm.getFileID(sm.getExpansionLoc(l));
}

// Throws of a body that no try block around them may catch, here or in callees.
class throw_finder {
 public:
  explicit throw_finder(unit& u) : unit_(u) {}

  // The throw that can leave f; null: none is seen.
  const CXXThrowExpr* in(const FunctionDecl* f, const flags& known) {
    if (!unit_.is_users(f)) return nullptr;
    f = f->getDefinition();
    auto [at, fresh] = found_.try_emplace({f, known}, nullptr);
    if (!fresh) return at->second;
    if (const auto* type = f->getType()->getAs<FunctionProtoType>(); type && type->isNothrow()) return nullptr;
    const CXXThrowExpr* found = nullptr;
    each(f->getBody(), known, [&](const Stmt*, const CXXThrowExpr* t) { found = found ? found : t; });
    return found_[{f, known}] = found;
  }

  // f(where in this body, the throw): for each throw or call in s by which an exception can leave it.
  template <class F>
  void each(const Stmt* s, const flags& known, F f) {
    if (!s || isa<LambdaExpr>(s)) return;
    if (const auto* t = dyn_cast<CXXTryStmt>(s)) return past(*t, known, f);
    if (const auto* i = dyn_cast<IfStmt>(s))
      if (auto taken = value_of(i->getCond(), known)) return each(*taken ? i->getThen() : i->getElse(), known, f);
    if (const auto* t = dyn_cast<CXXThrowExpr>(s); t && t->getSubExpr() && !is_meant_to_end(t)) f(t, t);
    if (const auto* c = dyn_cast<CallExpr>(s); c && c->getDirectCallee() && !is_access(c) && unit_.roles().of(*c).what == role::none)
      if (const CXXThrowExpr* t = in(c->getDirectCallee(), flags_of(*c, known))) f(c, t);
    for (const Stmt* child : s->children()) each(child, known, f);
  }

 private:
  // What no handler takes, what one takes and throws on, and what the handlers themselves throw.
  template <class F>
  void past(const CXXTryStmt& t, const flags& known, F f) {
    std::set<const CXXThrowExpr*> on;
    const std::function<void(const Stmt*, const CXXThrowExpr*)> taken = [&](const Stmt* at, const CXXThrowExpr* thrown) {
      const CXXCatchStmt* h = handler_taking(*thrown, t);
      if (!h) return f(at, thrown);
      const CXXThrowExpr* again = thrown_on(h->getHandlerBlock(), known);
      if (again && on.insert(again).second) f(again, thrown);
    };
    each(t.getTryBlock(), known, taken);
    for (unsigned n = 0; n != t.getNumHandlers(); ++n) each(t.getHandler(n)->getHandlerBlock(), known, f);
  }

  // The `throw;` of a handler.
  static const CXXThrowExpr* thrown_on(const Stmt* s, const flags& known) {
    if (!s || isa<LambdaExpr>(s) || isa<CXXTryStmt>(s)) return nullptr;
    if (const auto* t = dyn_cast<CXXThrowExpr>(s); t && !t->getSubExpr()) return t;
    if (const auto* i = dyn_cast<IfStmt>(s))
      if (auto value = value_of(i->getCond(), known)) return thrown_on(*value ? i->getThen() : i->getElse(), known);
    for (const Stmt* child : s->children())
      if (const CXXThrowExpr* t = thrown_on(child, known)) return t;
    return nullptr;
  }

  static std::optional<bool> value_of(const Expr* e, const flags& known) {
    if (const auto* d = dyn_cast<CXXDefaultArgExpr>(e)) e = d->getExpr();
    e = e->IgnoreParenImpCasts();
    if (const auto* b = dyn_cast<CXXBoolLiteralExpr>(e)) return b->getValue();
    if (const auto* u = dyn_cast<UnaryOperator>(e); u && u->getOpcode() == UO_LNot) {
      auto inner = value_of(u->getSubExpr(), known);
      return inner ? std::optional(!*inner) : std::nullopt;
    }
    const auto* r = dyn_cast<DeclRefExpr>(e);
    auto at = known.find(r ? dyn_cast<ParmVarDecl>(r->getDecl()) : nullptr);
    return at == known.end() ? std::nullopt : std::optional(at->second);
  }

  flags flags_of(const CallExpr& c, const flags& known) const {
    flags out;
    const FunctionDecl* f = c.getDirectCallee()->getDefinition();
    if (!f || isa<CXXOperatorCallExpr>(c)) return out;
    for (unsigned n = 0; n != f->getNumParams() && n != c.getNumArgs(); ++n) {
      const ParmVarDecl* p = f->getParamDecl(n);
      if (p->getType()->isBooleanType() && !unit_.is_reassigned(p))
        if (auto value = value_of(c.getArg(n), known)) out[p] = *value;
    }
    return out;
  }

  unit& unit_;
  std::map<std::pair<const FunctionDecl*, flags>, const CXXThrowExpr*> found_;
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
