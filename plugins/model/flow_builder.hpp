// Fills a flow: first the scopes, by a walk over the statements, then the steps, by one over the CFG, then those on its edges.
//
//   flow_scopes.cpp   what lies around each statement
//   flow_calls.cpp    statements, calls and constructions as steps
//   flow_ends.cpp     guards: what they do where they are made, and what the end of a variable does
//   flow.cpp          blocks, edges, and the way of an exception
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

class flow_builder {
 public:
  using steps = std::vector<step>;

  flow_builder(flow& f, unit& in) : flow_(f), unit_(in) {}
  // False when Clang makes no CFG of the body.
  bool build();
  // An exception that comes up at `from` ends what is in scope there, up to the try block around it.
  void unwind(const clang::Stmt* from, steps& out);

 private:
  // Scopes. walk() returns the scope for the statements behind s: declarations reach up to the end of the compound.
  const scope* push(scope s);
  const scope* walk(const clang::Stmt* s, const scope* around);
  void walk_lambda(const clang::LambdaExpr* l, const scope* around);
  const scope* walk_declarations(const clang::DeclStmt* d, const scope* around);
  void walk_try(const clang::CXXTryStmt* t, const scope* around);
  void walk_if(const clang::IfStmt* i, const scope* around);
  void walk_loop(const clang::Stmt* s, const scope* around);
  void walk_others(const clang::Stmt* s, const scope* around);

  // Blocks and edges.
  void fill(const clang::CFGBlock& b);
  void fill_edges(const clang::CFGBlock& b);
  steps waits_in(const clang::Stmt* loop) const;
  clang::SourceLocation where_ends(const clang::Stmt* trigger) const;

  // Statements.
  void statement(const clang::Stmt* s, steps& out);
  void op(role_entry r, const clang::Expr* e, place where, steps& out, bool certain = true);
  void enter(const clang::Expr* at, const clang::FunctionDecl* callee, binding b, steps& out, bool certain = true);
  void spawn(const clang::Expr* e, role_entry r, steps& out);
  void call(const clang::CallExpr* c, steps& out);
  void call_now(const clang::CallExpr* c, role_entry r, steps& out);
  void plain_call(const clang::CallExpr* c, steps& out);
  void unknown_call(const clang::CallExpr* c, const place& object, llvm::ArrayRef<const clang::Expr*> arguments, steps& out);
  void select(const clang::CallExpr* c, role_entry r, steps& out);
  bool is_way_out(const clang::Expr* channel);
  void construct(const clang::CXXConstructExpr* c, steps& out);
  void construct_plain(const clang::CXXConstructExpr* c, steps& out);
  binding bind(const clang::FunctionDecl* f, llvm::ArrayRef<const clang::Expr*> arguments, place object);
  place lock_behind(const clang::Expr* guard);

  // Guards and ends.
  void lock_by_guard(const clang::CXXConstructExpr* c, role_entry r, steps& out);
  void unlock_by_guard(const clang::Expr* init, role_entry r, steps& out);
  unsigned lock_properties(const clang::Expr* lock, role_entry r);
  llvm::SmallVector<const clang::Expr*, 2> locks_of(const clang::CXXConstructExpr* c) const;
  void end_of(const clang::VarDecl* v, const clang::Stmt* trigger, steps& out);
  // A guard's reference to what it guards.
  void bind_fields(const clang::VarDecl* v, const clang::CXXRecordDecl* c, binding& b);
  void join_at_end(const place& p, clang::QualType t, const clang::Expr* init, steps& out, int depth = 0);
  void own_destructor(const clang::CXXRecordDecl* c, const clang::VarDecl* v, const clang::Expr* init, steps& out);

  flow& flow_;
  unit& unit_;
  llvm::DenseSet<const clang::Decl*> shared_;  // captured by reference, or pointers that are captured
  bool shares_this_ = false;                   // by some lambda
};

bool is_loop(const clang::Stmt* s);
// Of a lambda's body, which shares `this` with the one around.
binding of_lambda();

}  // namespace gosan::checks
