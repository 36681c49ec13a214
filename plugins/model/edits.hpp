// What fix-its are made from: questions about the code they change, and the changes.
#pragma once

#include "model/check.hpp"

namespace gosan::checks {

// Whether no use of v within s writes to it or hands out a reference to it.
bool is_only_read(const clang::VarDecl& v, const clang::Stmt& s);

// Whether a copy is what its author would write without a thought: numbers, handles, small records, strings.
bool is_cheap_to_copy(clang::QualType t, const role_map& roles);

// Makes the lambda capture v by value.
std::optional<clang::FixItHint> capture_by_value(const clang::LambdaExpr& l, const clang::LambdaCapture& c,
                                                 const clang::VarDecl& v, const clang::ASTContext& ast);

// The location behind the token at l; invalid within macros.
clang::SourceLocation behind_token(clang::SourceLocation l, const clang::ASTContext& ast);

// The white space that the line of l begins with.
std::string indentation_at(clang::SourceLocation l, const clang::ASTContext& ast);

}  // namespace gosan::checks
