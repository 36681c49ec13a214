#include "model/check.hpp"
#include "model/edits.hpp"

namespace gosan::checks {

using namespace clang;

namespace {

constexpr check_info info{
    .id = "gosan-fatal-assert-in-goroutine",
    .title = "an assertion in a goroutine is meant to end the test, and ends the goroutine only",
    .why = "A fatal assertion of GoogleTest returns from the function it stands in. In a goroutine that is the goroutine's own body: "
           "what it should still have sent, closed or counted out is missing, and the test waits for it, or goes on as if nothing "
           "had failed.",
    .wrong = R"(TEST(Answers, Come) {
  auto answers = gosan::make_chan<int>();
  gosan::go([answers] {
    ASSERT_TRUE(connected());
    answers.send(ask());
  });
  EXPECT_EQ(*answers.recv(), 42);
})",
    .right = R"(TEST(Answers, Come) {
  auto answers = gosan::make_chan<int>();
  gosan::go([answers] {
    EXPECT_TRUE(connected());
    answers.send(ask());
  });
  EXPECT_EQ(*answers.recv(), 42);
})",
    .since = "0.1.0",
    .limits = "Only the body itself is looked at, not what it calls.",
};

class assert_finder : public RecursiveASTVisitor<assert_finder> {
 public:
  assert_finder(unit& u, const spawn_site& s, findings& out) : unit_(u), site_(s), out_(out) {}
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }

  bool VisitReturnStmt(ReturnStmt* r) {
    if (r->getBeginLoc().isMacroID() && r->getRetValue() && asserts(r->getRetValue())) report(r->getBeginLoc());
    return true;
  }

 private:
  bool asserts(const Stmt* s) const {
    if (!s) return false;
    if (const auto* c = dyn_cast<CallExpr>(s); c && unit_.roles().of(*c).what == role::fatal_assert) return true;
    return llvm::any_of(s->children(), [&](const Stmt* child) { return asserts(child); });
  }

  void report(SourceLocation at) {
    diagnosis d;
    d.at = unit_.sources().getExpansionLoc(at);
    std::string name = Lexer::getSourceText(CharSourceRange::getTokenRange(d.at), unit_.sources(), unit_.ast().getLangOpts()).str();
    d.text = "'" + name + "' that fails returns from the goroutine only: the test goes on without it";
    d.notes.push_back({site_.expr->getBeginLoc(), "the goroutine starts here"});
    if (auto gentle = gentle_form(name); gentle && unit_.ast().Idents.get(*gentle).hasMacroDefinition())  // users make ASSERT_s of their own
      d.fixes.push_back(FixItHint::CreateReplacement(CharSourceRange::getTokenRange(d.at, d.at), *gentle));
    out_.add(std::move(d));
  }

  static std::optional<std::string> gentle_form(llvm::StringRef name) {
    if (name.consume_front("ASSERT_")) return ("EXPECT_" + name).str();
    if (name == "FAIL") return "ADD_FAILURE";
    return std::nullopt;
  }

  unit& unit_;
  const spawn_site& site_;
  findings& out_;
};

void run(unit& u, findings& out) {
  for (const FunctionDecl* f : u.functions())
    if (const flow* fl = u.flow_of(f))
      fl->each([&](const step& st) {
        if (st.kind == step_kind::spawn && u.is_users(st.spawned->body))
          assert_finder(u, *st.spawned, out).TraverseStmt(st.spawned->body->getBody());
      });
}

}  // namespace

extern const check fatal_assert_in_goroutine;
const check fatal_assert_in_goroutine{info, run};

}  // namespace gosan::checks
