// What a goroutine refers to without having it for itself: captures by reference, `this`, addresses, views and iterators, whether
// they come with its lambda, with the fields of its functor, bound, or as its arguments.
#pragma once

#include "model/flow.hpp"

namespace gosan::checks {

// A variable of the function that starts the goroutine; where it refers to it, and how.
struct local_reference {
  const clang::VarDecl* variable = nullptr;
  clang::SourceLocation at{};
  clang::SourceRange range{};
  const char* how = "";  // "captures", behind which the variable's name and `how_end` stand
  const char* how_end = "";
  // Of a capture by reference, for a fix-it.
  const clang::LambdaExpr* lambda = nullptr;
  const clang::LambdaCapture* capture = nullptr;
};

std::vector<local_reference> locals_referred_to(const spawn_site& s, const flow& f, unit& u);
// By a closure, a functor or what std::bind makes of one.
std::vector<local_reference> locals_referred_to(const clang::Expr* callable, const flow& f, unit& u);

// Something that the function was handed by reference or by pointer, or its object: a place of the function's, and what is there.
struct outer_reference {
  place where;
  clang::QualType type;
};

std::vector<outer_reference> others_referred_to(const spawn_site& s, const flow& f, unit& u);

// The parameters of f whose value the goroutine has: closures among them refer to what they captured.
std::vector<const clang::ParmVarDecl*> parameters_carried(const spawn_site& s, const clang::FunctionDecl& f);
// The parameter that e is, moved or copied; null: none.
const clang::ParmVarDecl* parameter_in(const clang::Expr* e, const clang::FunctionDecl& f);

// Whether a value of this type can be called: a closure, a functor, std::function.
bool is_closure_type(clang::QualType t);
// e, and every closure that it holds by copy: by capture, or since it was handed to the function that made it.
llvm::SmallVector<const clang::Expr*, 4> closures_in(const clang::Expr* e);

// A field of a functor that refers to something, and what that is made from.
struct field_source {
  const clang::FieldDecl* field;
  const clang::Expr* source;
};
std::vector<field_source> fields_of_functor(const clang::Expr* callable);

// Whether v is a variable or a parameter of f's own.
bool is_local_of(const clang::VarDecl* v, const clang::FunctionDecl& f);

}  // namespace gosan::checks
