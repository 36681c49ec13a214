// What leaves a loop from within its body.
#pragma once

#include "model/clang.hpp"

namespace gosan::checks {

struct way_out {
  const clang::Stmt* at;                        // a return, a break of that loop, a goto, a throw
  std::vector<const clang::Expr*> conditions;  // of the ifs around it, within the body
};

struct ways_out {
  std::vector<way_out> all;   // also those in try blocks
  bool tries = false;         // there is a try block
  bool may_end = false;       // a call does not return
};

ways_out ways_out_of(const clang::Stmt* body);

}  // namespace gosan::checks
