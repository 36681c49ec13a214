// gosan_tidy.so: the checks as a module of clang-tidy, clang-tidy-19 -load gosan_tidy.so -checks='gosan-*'.
//
// clang-tidy's own -checks and .clang-tidy say which checks run; of these, the nearest .gosan.json above the file takes away
// what it switches off, makes errors, and gives roles, as for the other front ends.
#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>

#include "front/settings.hpp"

namespace gosan::checks {
namespace {

using namespace clang;

// The model of a translation unit is made once for all checks; clang-tidy runs one unit at a time on a thread.
struct shared_unit {
  const ASTContext* of = nullptr;
  std::unique_ptr<settings> chosen;
  std::unique_ptr<unit> model;
  std::set<given_up_body> given_up;  // said already

  void forget() {
    given_up.clear();
    model.reset();  // before the settings, whose roles it uses
    chosen.reset();
    of = nullptr;
  }
};

shared_unit& current_unit() {
  static thread_local shared_unit now;
  return now;
}

shared_unit& unit_of(ASTContext& ast, tidy::ClangTidyCheck& for_errors) {
  shared_unit& now = current_unit();
  if (now.of != &ast) {
    now.model.reset();
    now.chosen = std::make_unique<settings>();
    now.of = &ast;
    const SourceManager& sources = ast.getSourceManager();
    auto file = sources.getFileEntryRefForID(sources.getMainFileID());
    std::string error;
    if (file && !now.chosen->find_file(file->getName(), error)) for_errors.configurationDiag("%0") << error;
    now.model = std::make_unique<unit>(ast, now.chosen->roles);
  }
  return now;
}

template <std::size_t N>
class tidy_check : public tidy::ClangTidyCheck {
 public:
  using ClangTidyCheck::ClangTidyCheck;

  bool isLanguageVersionSupported(const LangOptions& l) const override { return l.CPlusPlus; }

  // Called anew for each translation unit: the next one's context may lie where the last one's did.
  void registerMatchers(ast_matchers::MatchFinder* finder) override {
    current_unit().forget();
    finder->addMatcher(ast_matchers::translationUnitDecl().bind("unit"), this);
  }

  void check(const ast_matchers::MatchFinder::MatchResult& r) override {
    shared_unit& now = unit_of(*r.Context, *this);
    const check_info& info = all_checks()[N]->info;
    if (!now.chosen->is_on_by_choice(info).value_or(true)) return;
    bool error = now.chosen->is_error_by_choice(info).value_or(false);
    run_check(*all_checks()[N], *now.model, [&](const diagnosis& d) {
      {
        DiagnosticBuilder b = diag(d.at, "%0", error ? DiagnosticIDs::Error : DiagnosticIDs::Warning) << d.text;
        if (d.range.isValid()) b << d.range;
        for (const FixItHint& f : d.fixes) b << f;
      }
      for (const remark& n : d.notes) diag(n.at, "%0", DiagnosticIDs::Note) << n.text;
    });
    for (const given_up_body& b : now.model->given_up())
      if (now.given_up.insert(b).second) diag(b.function->getLocation(), "%0", DiagnosticIDs::Remark) << b.text();
  }
};

template <std::size_t... N>
void add_all(tidy::ClangTidyCheckFactories& to, std::index_sequence<N...>) {
  auto add = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    if (I < all_checks().size()) to.registerCheck<tidy_check<I>>(all_checks()[I]->info.id);
  };
  (add(std::integral_constant<std::size_t, N>()), ...);
}

class module : public tidy::ClangTidyModule {
 public:
  void addCheckFactories(tidy::ClangTidyCheckFactories& to) override { add_all(to, std::make_index_sequence<GOSAN_CHECK_COUNT>()); }
};

tidy::ClangTidyModuleRegistry::Add<module> registered("gosan-module", "checks of goroutines, channels and locks");

}  // namespace
}  // namespace gosan::checks
