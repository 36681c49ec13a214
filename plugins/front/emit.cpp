#include "front/emit.hpp"

namespace gosan::checks {

using namespace clang;

void emit(const diagnosis& d, const check_info& c, DiagnosticIDs::Level level, DiagnosticsEngine& to) {
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

void check_unit(ASTContext& ast, const settings& s, DiagnosticsEngine& to) {
  if (!ast.getLangOpts().CPlusPlus) return;
  std::optional<unit> u;
  for (const check* c : all_checks()) {
    if (!s.is_on(c->info)) continue;
    if (!u) u.emplace(ast, s.roles);
    // A custom diagnostic does not follow -Werror and -w by itself.
    bool error = s.is_error(c->info) || to.getWarningsAsErrors();
    if (!error && to.getIgnoreAllWarnings()) continue;
    run_check(*c, *u, [&](const diagnosis& d) {
      emit(d, c->info, error ? DiagnosticIDs::Error : DiagnosticIDs::Warning, to);
    });
  }
}

}  // namespace gosan::checks
