// Channels that a function makes for itself: in variables of its own, or as members of objects that its variables hold.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

struct own_channel {
  const clang::VarDecl* variable = nullptr;
  place where;                             // the variable, or a member of what it holds
  const clang::CallExpr* make = nullptr;
  const clang::Stmt* made_at = nullptr;    // in the function
};

std::vector<own_channel> own_channels_of(const flow& f, unit& u);
// Whether what it belongs to gets where this unit does not show what is done with it: to a method without a body here, say.
bool leaves_with_its_object(const own_channel& c, const summary& does);

}  // namespace gosan::checks
