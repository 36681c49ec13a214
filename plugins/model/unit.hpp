// One translation unit, as the checks see it: its functions, their flows, and what a call of each does.
#pragma once

#include "model/flow.hpp"
#include "model/per_function.hpp"

namespace gosan::checks {

// What a call of a function does to what it is handed, in terms of its own parameters, `this`, and globals.
struct effect {
  role what = role::none;
  unsigned properties = 0;
  place where;
  const clang::Stmt* origin = nullptr;  // in the function, or in one it calls
  bool always = false;                  // on every path that returns
  bool in_loop = false;

  friend bool same(const effect& a, const effect& b) { return a.what == b.what && a.where == b.where; }
};

struct summary {
  std::vector<effect> effects;
  std::vector<std::shared_ptr<const spawn_site>> spawns;  // also of callees, as far as their places can be told
  std::vector<place> escapes;  // handed to functions that nothing is known of
  std::vector<place> unseen;   // those of them that may be waited for there: not what the standard library gets, nor numbers
};

struct given_up_body {
  const clang::FunctionDecl* function = nullptr;
  limit reached = limit::paths;
  // What the front ends say of it.
  std::string text() const;
  friend auto operator<=>(const given_up_body&, const given_up_body&) = default;
};

class unit {
 public:
  unit(clang::ASTContext& ast, const role_map& roles);

  clang::ASTContext& ast() const { return ast_; }
  const clang::SourceManager& sources() const { return ast_.getSourceManager(); }
  const role_map& roles() const { return roles_; }
  const resolver& places() const { return resolver_; }

  // Functions with a body in the user's code that do something with a role or are what a goroutine runs, lambdas too, in source order.
  const std::vector<const clang::FunctionDecl*>& functions() const { return functions_; }
  // These, and those that do something of such a role only by what they call, however far down.
  std::vector<const clang::FunctionDecl*> functions_and_callers_of(role what) const;
  // Null when the function has no body here, or Clang makes no CFG of it.
  const flow* flow_of(const clang::FunctionDecl* f);
  const summary& summary_of(const clang::FunctionDecl* f);
  // Bodies of which the checks have not followed all so far, in source order.
  std::vector<given_up_body> given_up() const;
  // All effects of a spawned body as the spawner sees them.
  summary effects_of(const spawn_site& s);
  // Whether f is the user's: has a body outside of system headers and of this library's own.
  bool is_users(const clang::FunctionDecl* f) const;
  bool in_users_code(clang::SourceLocation l) const;
  // Whether a walk over the user's code passes over the declaration, with all that is in it.
  bool is_of_others(const clang::Decl* d) const;

  bool is_reassigned(const clang::Decl* variable_or_field) const { return variables_.reassigned(variable_or_field); }
  // Declared by a for statement, so that the loop itself changes or remakes it.
  bool is_loop_variable(const clang::VarDecl* v) const { return loop_variables_.count(v->getCanonicalDecl()); }
  // The variable whose initialiser is e.
  const clang::VarDecl* initialised_by(const clang::Expr* e) const { return initialises_.lookup(e); }
  // Bodies that some spawn in this unit starts.
  bool is_spawned_body(const clang::FunctionDecl* f) const { return spawned_.count(f->getCanonicalDecl()); }
  // The function in whose body a lambda's call operator is written; null for others.
  const clang::FunctionDecl* written_in(const clang::FunctionDecl* f) const { return written_in_.lookup(f); }
  // Whether the call only puts a handle that is made there into a container or a variable.
  bool only_keeps(const clang::CallExpr* c) const { return keepers_.count(c); }
  // Whether the call of a coroutine runs it there: it is awaited, or does not suspend at its start. Other calls always do.
  bool runs_at_once(const clang::CallExpr* c) const;
  // Whether a goroutine is what runs the coroutine that is called.
  bool is_run_by_goroutine(const clang::CallExpr* c) const { return run_by_goroutines_.count(c); }
  // The start of a goroutine that e is; no body when it is none.
  spawn_site spawn_at(const clang::Expr* e, role_entry r);

 private:
  friend class unit_walker;
  summary summarise(const clang::FunctionDecl* f, const flow& fl);
  place handle_of(const clang::Expr* start) const;
  void add_unseen(const step& call, std::vector<place>& to) const;

  clang::ASTContext& ast_;
  const role_map& roles_;
  variables variables_;
  resolver resolver_;
  std::vector<const clang::FunctionDecl*> functions_;
  std::vector<std::pair<const clang::FunctionDecl*, const clang::FunctionDecl*>> calls_;  // who calls whom, in source order
  std::map<role, llvm::DenseSet<const clang::FunctionDecl*>> doers_;  // of what callers are looked for
  llvm::DenseMap<const clang::Expr*, const clang::VarDecl*> initialises_;
  llvm::DenseMap<const clang::FunctionDecl*, const clang::FunctionDecl*> written_in_;
  llvm::DenseSet<const clang::Decl*> spawned_, loop_variables_;
  llvm::DenseSet<const clang::Expr*> detached_;
  llvm::DenseMap<const clang::Expr*, const clang::Expr*> kept_in_;  // handles of goroutines, by what makes them
  llvm::DenseSet<const clang::CallExpr*> keepers_, awaited_, run_by_goroutines_;
  // Of this library's headers, when the unit includes them.
  const clang::DirectoryEntry* own_headers_ = nullptr;
  const clang::DirectoryEntry* own_details_ = nullptr;
  std::map<const clang::FunctionDecl*, std::unique_ptr<flow>> flows_;
  per_function<summary> summaries_;
};

}  // namespace gosan::checks
