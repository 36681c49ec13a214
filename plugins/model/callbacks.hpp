// Callables that objects keep in members of type std::function: which lambdas of this unit they can be, and whose they are.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

struct kept_callback {
  const clang::FunctionDecl* body = nullptr;
  place object;                       // whose member it is, where the lambda is written
  const clang::Stmt* kept = nullptr;  // where it is put there
  std::vector<const clang::Decl*> names{};  // what else the body calls the object: [self = x.get()]

  // What stands for what in the body when `object_there`.member() is called; nothing when that is no such object.
  std::optional<binding> entered_from(const place& object_there) const;
};

// The member that a call calls; null: it calls none.
const clang::MemberExpr* member_called(const clang::Stmt* call);

class callbacks {
 public:
  explicit callbacks(unit& u);
  // All that a member of an object can be; empty where something else than a lambda of this unit is put there too.
  const std::vector<kept_callback>& in(const clang::ValueDecl* member) const;

 private:
  std::map<const clang::Decl*, std::vector<kept_callback>> known_;
};

}  // namespace gosan::checks
