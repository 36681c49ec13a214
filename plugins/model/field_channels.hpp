// Channels and wait groups that are members of classes which only this translation unit can know: all that is done with them is
// in its text.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

struct field_use {
  role what = role::none;
  const clang::CallExpr* call = nullptr;  // null: a loop over it
};

struct field_object {
  const clang::FieldDecl* field = nullptr;
  std::vector<field_use> uses;
  bool unbuffered = true;  // of a channel, wherever it is made
  bool lives_for_ever = false;  // some object of the class is static
};

// Those that are never copied, handed on, or made from another channel.
std::vector<field_object> field_channels_of(unit& u);
std::vector<field_object> field_groups_of(unit& u);

// Whether the class is defined where no other translation unit sees it: not in a header, which others include too.
bool is_of_this_unit(const clang::Decl& member, const unit& u);

}  // namespace gosan::checks
