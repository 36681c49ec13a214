// Goroutines that a call leaves running: started in the function or in what it calls, and not waited for on every path to its end.
#pragma once

#include "model/per_function.hpp"
#include "model/references.hpp"
#include "model/unit.hpp"

namespace gosan::checks {

// All places are the function's own; a caller translates them.
struct left_goroutine {
  std::shared_ptr<const spawn_site> site;
  std::vector<place> tokens{}, held{}, released{};  // see joins
  std::vector<outer_reference> refers{};
  std::vector<const clang::ParmVarDecl*> carries{};
};

class left_behind {
 public:
  // With `returned`, also those that signal by an object which the function returns: its caller may wait for them.
  explicit left_behind(unit& u, bool returned = false) : unit_(u), returned_(returned) {}
  const std::vector<left_goroutine>& of(const clang::FunctionDecl* f);

 private:
  std::vector<left_goroutine> compute(const flow& f);

  unit& unit_;
  bool returned_;
  per_function<std::vector<left_goroutine>> known_;
};

// The variable of f's own that a goroutine which `call` leaves running refers to by r; null: none that is sure.
const clang::VarDecl* local_of_caller(const outer_reference& r, const step& call, const flow& f, const unit& u);
// The variable that every return of f returns; null: there is none.
const clang::VarDecl* returned_by(const clang::FunctionDecl* f);
// What stands for what where the call enters; what the callee returns is the variable that is made from the call.
binding entered_by(const step& call, const unit& u);
// What the call was handed for a parameter of its callee's.
const clang::Expr* argument_of(const step& call, const clang::ParmVarDecl* p);

}  // namespace gosan::checks
