// Places: which object an expression means, as far as the text of one translation unit tells.
//
// A place is a variable (or `this`) and a path of fields. Handles, references and pointers are seen through: a channel that
// is copied is the same channel, and `&group` means group. A variable that is set once means what it was set to.
#pragma once

#include "model/roles.hpp"

namespace gosan::checks {

struct place {
  // Variable, parameter or binding; the class for `this`; null: unknown.
  const clang::Decl* root = nullptr;
  // Fields from there; null stands for an element of a container.
  llvm::SmallVector<const clang::Decl*, 2> path;

  place() = default;
  explicit place(const clang::Decl* d) : root(d) {}

  explicit operator bool() const { return root != nullptr; }
  friend bool operator==(const place&, const place&) = default;
  bool operator<(const place& o) const {
    return std::tie(root, static_cast<const llvm::SmallVectorImpl<const clang::Decl*>&>(path)) <
           std::tie(o.root, static_cast<const llvm::SmallVectorImpl<const clang::Decl*>&>(o.path));
  }
  const clang::VarDecl* variable() const { return llvm::dyn_cast_or_null<clang::VarDecl>(root); }
  bool is_element() const;
  place with(const clang::Decl* field) const;
};

// 'counter', 'this->mutex_', 'subscribers_[...]': as a diagnostic writes it.
std::string text_of(const place& p);

// What stands for what, where a body is entered: parameters, the object of a method, and those fields of it that only refer
// to something else.
struct binding {
  llvm::DenseMap<const clang::Decl*, place> of;
  place this_place;
  bool same_this = false;  // of a lambda, and of a function without an object: `this` is the one around
  // The binding of a body that is entered from the one that this binding is of, whose own binding is `inner`.
  binding then(const binding& inner) const;
  // p of the callee as the caller sees it; unknown when the caller cannot name it.
  place translate(const place& p) const;
};

// Strips what does not change the object meant: parentheses, casts, temporaries, full expressions.
const clang::Expr* strip(const clang::Expr* e);

// The same, and constructors of one argument: copies, moves, and a wrapper of what it is made from.
const clang::Expr* strip_copies(const clang::Expr* e);

// The lambda that e is, or that the variable it names holds.
const clang::LambdaExpr* lambda_of(const clang::Expr* e);

// Facts about variables that resolving needs, gathered once per translation unit.
class variables {
 public:
  void note_assignment(const clang::Expr* target);
  void note_loop_variable(const clang::VarDecl* v, const clang::Expr* range) { loop_ranges_[v] = range; }
  // Of a variable or a field, through whatever object.
  bool reassigned(const clang::Decl* d) const { return reassigned_.count(d->getCanonicalDecl()); }
  const clang::Expr* range_of(const clang::VarDecl* v) const { return loop_ranges_.lookup(v); }

 private:
  llvm::DenseSet<const clang::Decl*> reassigned_;
  llvm::DenseMap<const clang::VarDecl*, const clang::Expr*> loop_ranges_;
};

class resolver {
 public:
  resolver(const role_map& roles, const variables& vars) : roles_(roles), vars_(vars) {}
  place resolve(const clang::Expr* e) const { return resolve(e, 0); }
  place of_variable(const clang::VarDecl* v) const { return of_variable(v, 0); }
  // What a reference, pointer or handle field of a local variable was made from; unknown when that cannot be told.
  place field_of(const clang::VarDecl* v, const clang::FieldDecl* f) const;
  // Whether a variable of this type means the object it was made from: a reference, a pointer, a handle.
  bool is_alias_type(clang::QualType t) const;

 private:
  place resolve(const clang::Expr* e, int depth) const;
  place of_variable(const clang::VarDecl* v, int depth) const;
  place of_call(const clang::CallExpr* c, int depth) const;
  place of_member(const clang::MemberExpr* m, int depth) const;
  const clang::Expr* field_source(const clang::VarDecl* v, const clang::FieldDecl* f) const;

  const role_map& roles_;
  const variables& vars_;
};

}  // namespace gosan::checks
