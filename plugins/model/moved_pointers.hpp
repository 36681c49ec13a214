// Pointers that get another value by other ways than an assignment: swapped, reset, handed on by reference.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

class moved_pointers {
 public:
  explicit moved_pointers(unit& u) : unit_(u) {}
  // Whether p leads over none of them. The unit is looked through at the first question.
  bool stay_along(const place& p);

 private:
  unit& unit_;
  std::optional<std::set<const clang::Decl*>> found_;
};

}  // namespace gosan::checks
