// What a call of a function accesses, however far down: in itself, in what it calls, and in the goroutines that these start. Each access
// with where the goroutine stands when it comes there, in places of the function's own.
#pragma once

#include "model/per_function.hpp"
#include "model/standing.hpp"

namespace gosan::checks {

// A call, or the start of a goroutine, on the way to an access.
struct way_step {
  clang::SourceLocation at;
  const clang::FunctionDecl* into;
  bool starts = false;
};

struct deep_access {
  direct_access what;
  const clang::Stmt* at = nullptr;  // where the body gets there: the access, the call, the start
  llvm::SmallVector<way_step, 2> way{};  // from the body's text to the access
  standing stands{};
  bool in_own_goroutine = false;  // of a goroutine that the body or what it calls has started
  bool conditional = false;       // within its function
};

struct accesses_of_body {
  std::vector<deep_access> all;
  // When it has returned. Of a body that is not known, or that calls itself: anything may have been asked and waited for.
  standing after = standing::unknown();
};

class deep_accesses {
 public:
  static constexpr std::size_t most = 120;  // of one body; others are left out
  static constexpr std::size_t deepest = 6;  // of calls and starts within each other

  explicit deep_accesses(unit& u) : unit_(u) {}
  const accesses_of_body& of(const clang::FunctionDecl* f);

  using solved_standing = solution<standing_problem>;
  using change = llvm::function_ref<void(standing&)>;
  // The accesses of a body whose standing is known at each step, as `changed` by the caller.
  std::vector<deep_access> gathered(const flow& f, const solved_standing& solved, change changed);
  // Of a goroutine, in places of `in`, whose places `b` translates to; `call` started it, if a call did.
  std::vector<deep_access> of_goroutine(const spawn_site& s, const binding& b, const clang::FunctionDecl& in, const step* call = nullptr);
  // A standing of the callee's, as the caller sees it.
  standing entered(const standing& inner, const step& call, const clang::FunctionDecl& caller);

 private:
  using sink = std::vector<deep_access>;
  accesses_of_body compute(const flow& f);
  void add_step(const step& st, const standing& s, const flow& f, sink& out);
  void add_call(const step& st, const standing& s, const flow& f, sink& out);
  void add_run(const deep_access& run, const clang::Expr* callable, const clang::FunctionDecl& in, sink& out);

  unit& unit_;
  per_function<accesses_of_body> known_;
};

// The body that a callable which is handed on runs: a lambda's, or a function's; null: it is not known.
const clang::FunctionDecl* body_run_by(const clang::Expr* callable);
// What a goroutine calls what it is handed: arguments are copied, unless they are references by type.
binding bound_at_start(const spawn_site& s);

}  // namespace gosan::checks
