// Accesses to one piece of memory that nothing keeps apart: among the goroutines that a function starts, by itself or by what it calls,
// and the function itself; and what a callable accesses that a call runs by several goroutines at once.
#pragma once

#include "model/deep_accesses.hpp"
#include "model/left_behind.hpp"
#include "model/moved_pointers.hpp"

namespace gosan::checks {

// One of two.
struct party {
  deep_access access;
  clang::SourceLocation started{};  // where the goroutine starts; not valid: the function itself
  bool by_call = false;             // a call starts it, which is there
  bool within = false;              // its text is the function's
};

struct meeting {
  party one, other;       // the first is where it is told; it or the other writes
  bool same_code = false;  // several goroutines come to the first
  const clang::FunctionDecl* runner = nullptr;  // the function that runs a callable by several
};

// A parameter whose callable several goroutines run at the same time, and where these start.
struct run_parameter {
  const clang::ParmVarDecl* parameter;
  clang::SourceLocation started;
};

class meetings {
 public:
  explicit meetings(unit& u) : unit_(u), accesses_(u), left_(u, true), moved_(u) {}
  std::vector<meeting> of(const flow& f);

 private:
  const std::vector<run_parameter>& runs_of(const clang::FunctionDecl* f);
  std::vector<run_parameter> compute_runs(const flow& f);
  void of_callables(const flow& f, std::vector<meeting>& out);
  void of_callable(const clang::FunctionDecl& body, const run_parameter& run, const step& call, const flow& f, std::vector<meeting>& out);

  unit& unit_;
  deep_accesses accesses_;
  left_behind left_;
  moved_pointers moved_;
  per_function<std::vector<run_parameter>> runs_;
};

}  // namespace gosan::checks
