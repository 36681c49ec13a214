// Runs the checks over a finished AST and says what they found through Clang's own diagnostics.
#pragma once

#include "front/settings.hpp"

namespace gosan::checks {

// Hears of every diagnosis, behind its emission.
using heard = std::function<void(const diagnosis&, const check_info&, unit&)>;

void check_unit(clang::ASTContext& ast, const settings& s, clang::DiagnosticsEngine& to, const heard& each = {});
void emit(const diagnosis& d, const check_info& c, clang::DiagnosticIDs::Level level, clang::DiagnosticsEngine& to);
void report_error(clang::DiagnosticsEngine& to, llvm::StringRef text);

}  // namespace gosan::checks
