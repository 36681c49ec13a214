#include "front/emit.hpp"

namespace gosan::checks {

using namespace clang;

void emit(const diagnosis& d, const check_info& c, DiagnosticIDs::Level level,
          DiagnosticsEngine& to) {
  {
    unsigned id = to.getDiagnosticIDs()->getCustomDiagID(level, "%0 [" + c.id.str() + "]");
    DiagnosticBuilder b = to.Report(d.at, id);
    b << d.text;
    if (d.range.isValid()) b << CharSourceRange::getTokenRange(d.range);
    for (const FixItHint& f : d.fixes) b << f;
  }
  unsigned note = to.getDiagnosticIDs()->getCustomDiagID(DiagnosticIDs::Note, "%0");
  for (const remark& n : d.notes) to.Report(n.at, note) << n.text;
}

void report_error(DiagnosticsEngine& to, llvm::StringRef text) {
  to.Report(to.getDiagnosticIDs()->getCustomDiagID(DiagnosticIDs::Error, "%0")) << text;
}

namespace {

// A remark, so that generated code which is too large for the checks does not fail a build with
// -Werror.
void report_given_up(const unit& u, DiagnosticsEngine& to) {
  unsigned id = to.getDiagnosticIDs()->getCustomDiagID(DiagnosticIDs::Remark, "%0 [gosan]");
  for (const given_up_body& b : u.given_up()) to.Report(b.function->getLocation(), id) << b.text();
}

}  // namespace

void check_unit(ASTContext& ast, const settings& s, DiagnosticsEngine& to, const heard& each) {
  // Behind a fatal error Clang shows nothing more, and what it has understood is half of the unit.
  if (!ast.getLangOpts().CPlusPlus || to.hasFatalErrorOccurred()) return;
  // A custom diagnostic does not follow -Werror and -w by itself.
  bool all_errors = to.getWarningsAsErrors(), no_warnings = to.getIgnoreAllWarnings();
  std::optional<unit> u;
  for (const check* c : all_checks()) {
    bool error = s.is_error_by_choice(c->info).value_or(all_errors);
    if (!s.is_on(c->info) || (!error && no_warnings)) continue;
    if (!u) u.emplace(ast, s.roles);
    run_check(*c, *u, [&](const diagnosis& d) {
      emit(d, c->info, error ? DiagnosticIDs::Error : DiagnosticIDs::Warning, to);
      if (each) each(d, c->info, *u);
    });
  }
  if (u) report_given_up(*u, to);
}

}  // namespace gosan::checks
