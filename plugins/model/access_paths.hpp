// Access paths: which memory an expression means, by a variable, a parameter, a global or `this`, and the fields from there.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

struct access_path {
  place where;           // arrows and dereferences are folded; null stands for an element
  bool through = false;  // what the pointer at `where` leads to, not the pointer itself
  bool sweeps = false;   // of a loop over all elements, which comes to each

  explicit operator bool() const { return where.root != nullptr; }
};

// The type of what a place names, as it is declared.
clang::QualType type_at(const place& p);
// 'q->heap.size_', '*count': as a diagnostic writes it.
std::string text_of(const access_path& p);

// What one step of an evaluation does to memory.
struct direct_access {
  access_path path;
  bool writes = false;
  bool whole = false;   // the object with all its members
  bool atomic = false;  // by std::atomic_ref
  bool calls = false;   // calls the callable there
  const clang::Expr* use = nullptr;
};

// Of the statements of one body.
class path_finder {
 public:
  path_finder(const clang::FunctionDecl& in, const unit& u);

  // Of an object, and of what a pointer leads to; without a root where that is not known for sure: another pointer may have been put
  // there, it is an element, or a copy that the body has for itself.
  access_path object(const clang::Expr* e) const;
  access_path pointee(const clang::Expr* e) const;
  // p, if it is one of those; for what was found in terms of others.
  access_path checked(access_path p) const;
  // The variable whose callable, of any kind, a call calls; without a root: there is none.
  access_path callable_called(const clang::CallExpr& c) const;
  // What the evaluation of s does, its parts left out.
  void each_access(const clang::Stmt* s, llvm::function_ref<void(const direct_access&)> f) const;

 private:
  access_path find_object(const clang::Expr* e, int depth) const;
  access_path find_pointee(const clang::Expr* e, int depth) const;
  access_path of_variable(const clang::VarDecl* v, bool as_pointer) const;
  bool is_own_copy(const access_path& p) const;
  void operator_call(const clang::CXXOperatorCallExpr& o, llvm::function_ref<void(const direct_access&)> f) const;
  void member_call(const clang::CXXMemberCallExpr& c, llvm::function_ref<void(const direct_access&)> f) const;

  const clang::FunctionDecl& in_;
  const unit& unit_;
  llvm::DenseSet<const clang::Decl*> copied_;  // captured by copy
  bool copies_this_ = false;
};

}  // namespace gosan::checks
