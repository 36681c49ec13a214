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

// Moves a call that ends a body's work to a gosan::defer at the body's start. Empty where that cannot be written.
std::vector<clang::FixItHint> defer_instead(const clang::FunctionDecl& body, const clang::CXXMemberCallExpr& call,
                                            const clang::ASTContext& ast);
// The insertion alone: `text` is the call, e.g. "c.close()".
std::optional<clang::FixItHint> defer_at_start(const clang::FunctionDecl& body, llvm::StringRef name, llvm::StringRef text,
                                               const clang::ASTContext& ast);

// Removes a call that is a statement, with its line when it stands alone there.
std::optional<clang::FixItHint> remove_statement(const clang::Expr& e, const clang::ASTContext& ast);
std::string text_of_expr(const clang::Expr& e, const clang::ASTContext& ast);

// Whether no variable of f is called so.
bool name_is_free(llvm::StringRef name, const clang::FunctionDecl& f, const clang::ASTContext& ast);

// The white space that the line of l begins with.
std::string indentation_at(clang::SourceLocation l, const clang::ASTContext& ast);

}  // namespace gosan::checks
