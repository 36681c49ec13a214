// Reads and writes of variables in a body, as far as they are plain in its text.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

struct variable_access {
  const clang::Expr* use;       // the variable's name, or `this`
  const clang::Decl* variable;  // or the class, for what `this` leads to
  bool writes;
  // Of what the variable points to; of all of that or of the variable, or of one field.
  bool pointee = false;
  const clang::ValueDecl* field = nullptr;
  std::optional<std::int64_t> cell;  // of an array's or a sequence's element, by a constant index
};

// Accesses of scalars and of the standard library's strings and containers; elements of containers are left out unless their
// index is a constant, since it is not known which one, but an operator [] of a map may insert. What a method does to fields of its object counts, and what a
// function does to what it is handed by reference. Nested lambdas are bodies of their own.
// Whether v is one object for all goroutines, and may change: a global, a static member, a static variable of a function.
bool is_shared_global(const clang::VarDecl& v, const unit& u);
std::vector<variable_access> accesses_in(const clang::Stmt* body, const unit& u);

}  // namespace gosan::checks
