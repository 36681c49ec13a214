// Exceptions whose throw stands in the translation unit: where they can leave a body.
//
// Not those that are meant to end the program: a std::logic_error, thrown as a failed assertion is, and a std::bad_alloc.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

// CHECK(...) of a test framework: its macro is defined elsewhere, and what it throws is the framework's affair.
bool is_by_macro_of_others(const clang::Stmt* at, const unit& u);

class throw_finder {
 public:
  // Parameters whose value is plain at the call: a flag that is left at its default, say.
  using flags = std::map<const clang::ParmVarDecl*, bool>;
  // Where in the body, and the throw, here or in callees.
  using visitor = llvm::function_ref<void(const clang::Stmt*, const clang::CXXThrowExpr*)>;

  explicit throw_finder(unit& u) : unit_(u) {}
  // The throw that can leave f; null: none is seen.
  const clang::CXXThrowExpr* in(const clang::FunctionDecl* f, const flags& known);
  // For each throw or call in s by which an exception can leave it.
  void each(const clang::Stmt* s, const flags& known, visitor f);

 private:
  void past(const clang::CXXTryStmt& t, const flags& known, visitor f);
  flags flags_of(const clang::CallExpr& c, const flags& known) const;

  unit& unit_;
  std::map<std::pair<const clang::FunctionDecl*, flags>, const clang::CXXThrowExpr*> found_;
};

}  // namespace gosan::checks
