#include "model/check.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-blocking-call",
    .title = "a goroutine calls what blocks the OS thread that it runs on",
    .why = "The thread stands still with the processor that belongs to it: other goroutines wait until somebody takes that away, and "
           "each goroutine that blocks so costs a thread. If what it waits for is done by a goroutine behind it, nobody does it.",
    .wrong = R"(gosan::go([] {
  std::this_thread::sleep_for(1s);
  poll();
});)",
    .right = R"(gosan::go([] {
  gosan::sleep_for(1s);
  poll();
});)",
    .since = "0.1.0",
    .limits = "Only what a goroutine started in this translation unit calls, as far as it is seen, outside of gosan::blocking(). A "
              "descriptor is judged only where it is seen to be opened, and neither set to non-blocking nor waited for by the runtime. "
              "A write waits only while the other side's buffer is full, and is not judged.",
};

// ---- Descriptors that block ----

// The variable that a descriptor is kept in; through the captures of lambdas.
const VarDecl* kept_in(const Expr* e) {
  for (int depth = 0; e && depth != 8; ++depth) {
    e = strip(e);
    if (const auto* s = dyn_cast<ArraySubscriptExpr>(e)) {
      e = s->getBase();
      continue;
    }
    const auto* r = dyn_cast<DeclRefExpr>(e);
    const auto* v = r ? dyn_cast<VarDecl>(r->getDecl()) : nullptr;
    if (!v || !v->isInitCapture()) return v ? v->getCanonicalDecl() : nullptr;
    e = v->getInit();
  }
  return nullptr;
}

class descriptors {
 public:
  explicit descriptors(unit& u) : unit_(u) {
    for (const FunctionDecl* f : u.functions())
      if (const flow* fl = u.flow_of(f)) fl->each([&](const step& st) { note(st); });
  }

  bool blocks(const Expr* descriptor) const {
    const VarDecl* v = kept_in(descriptor);
    return v && opened_.count(v) && !tuned_.count(v);
  }

 private:
  static constexpr std::int64_t non_blocking = 04000;  // O_NONBLOCK and SOCK_NONBLOCK

  void note(const step& st) {
    const auto* c = st.kind == step_kind::op ? dyn_cast<CallExpr>(st.origin) : nullptr;
    if (!c || !c->getNumArgs()) return;
    bool tunes = st.what == role::file_mode || (st.what == role::block && st.has(props::file) && st.has(props::parks));
    if (tunes) tuned_.insert(kept_in(c->getArg(0)));
    bool opens = st.what == role::open_file || (st.what == role::block && st.has(props::file) && st.has(props::blocks_thread));
    if (!opens || llvm::any_of(c->arguments(), [&](const Expr* a) { return is_non_blocking(a); })) return;
    if (const VarDecl* v = unit_.initialised_by(c)) opened_.insert(v->getCanonicalDecl());
    if (st.what != role::open_file) return;
    for (const Expr* a : c->arguments())
      if (const VarDecl* v = kept_in(a); v && v->getType()->isArrayType()) opened_.insert(v);
  }

  bool is_non_blocking(const Expr* e) const {
    Expr::EvalResult value;
    return !e->isValueDependent() && e->getType()->isIntegerType() && e->EvaluateAsInt(value, unit_.ast()) &&
           (value.Val.getInt().getExtValue() & non_blocking) != 0;
  }

  unit& unit_;
  llvm::DenseSet<const VarDecl*> opened_, tuned_;
};

// ---- Bodies of goroutines ----

struct equivalent {
  llvm::StringLiteral name, space, instead;
};

// What a runtime has instead, to be written in the place of the name.
constexpr equivalent equivalents[] = {
    {"std::this_thread::sleep_for", "gosan", "gosan::sleep_for"},
    {"std::this_thread::sleep_until", "gosan", "gosan::sleep_until"},
    {"std::this_thread::sleep_for", "boost", "boost::this_fiber::sleep_for"},
    {"std::this_thread::sleep_until", "boost", "boost::this_fiber::sleep_until"},
};

const FunctionDecl* callee_of(const Stmt* s) {
  if (const auto* c = dyn_cast<CallExpr>(s)) return c->getDirectCallee();
  if (const auto* k = dyn_cast<CXXConstructExpr>(s)) return k->getConstructor();
  return nullptr;
}

class body_examiner {
 public:
  body_examiner(const spawn_site& s, const descriptors& files, unit& u, findings& out) : site_(s), files_(files), unit_(u), out_(out) {}

  void examine(const FunctionDecl* f, int depth = 0) {
    const flow* fl = unit_.is_users(f) ? unit_.flow_of(f) : nullptr;
    if (!fl || depth > 4 || !seen_.insert(f).second) return;
    llvm::DenseSet<const Stmt*> outside;
    fl->each([&](const step& st) {
      if (st.kind == step_kind::op && st.has(props::outside)) outside.insert(st.origin);
    });
    fl->each([&](const step& st) {
      if (st.kind == step_kind::op && st.has(props::blocks_thread) && !st.has(props::query_only)) judge(st, f);
      if (st.kind == step_kind::call && !outside.count(st.origin)) examine(st.callee, depth + 1);
    });
  }

 private:
  void judge(const step& st, const FunctionDecl* f) {
    const auto* c = dyn_cast<CallExpr>(st.origin);
    const FunctionDecl* callee = c ? callee_of(c) : nullptr;
    if (!callee || (st.has(props::file) && !files_.blocks(c->getArg(0)))) return;
    diagnosis d;
    d.at = c->getExprLoc();
    d.range = c->getSourceRange();
    d.text = "'" + plain_name(*callee) + "' blocks the OS thread that the goroutine runs on";
    d.notes.push_back({site_.expr->getBeginLoc(), "the goroutine starts here"});
    if (site_.lambda && f == site_.body) fix(*c, *callee, d);
    out_.add(std::move(d));
  }

  void fix(const CallExpr& c, const FunctionDecl& callee, diagnosis& d) {
    const FunctionDecl* start = callee_of(site_.expr);
    std::string from = start ? plain_name(*start) : "";
    const auto* written = dyn_cast<DeclRefExpr>(c.getCallee()->IgnoreParenImpCasts());
    if (!written || written->getBeginLoc().isMacroID() || written->getEndLoc().isMacroID()) return;
    std::string called = plain_name(callee);
    for (const equivalent& e : equivalents)
      if (e.name == called && from.starts_with((e.space + "::").str()))
        d.fixes.push_back(FixItHint::CreateReplacement(CharSourceRange::getTokenRange(written->getSourceRange()), e.instead));
  }

  const spawn_site& site_;
  const descriptors& files_;
  unit& unit_;
  findings& out_;
  llvm::DenseSet<const FunctionDecl*> seen_;
};

void run(unit& u, findings& out) {
  std::optional<descriptors> files;
  for (const FunctionDecl* f : u.functions()) {
    const flow* fl = u.flow_of(f);
    if (!fl) continue;
    fl->each([&](const step& st) {
      if (st.kind != step_kind::spawn || st.has(props::thread) || !st.spawned->body) return;
      if (!files) files.emplace(u);
      body_examiner(*st.spawned, *files, u, out).examine(st.spawned->body);
    });
  }
}

}  // namespace

extern const check blocking_call;
const check blocking_call{info, run};

}  // namespace gosan::checks
