// Kinds of finding by their public ids.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gosan/finding.hpp"

namespace gosan {

std::span<const finding_kind> all_kinds() noexcept;
std::string list_of_kinds();  // their ids, for people
std::optional<finding_kind> kind_from_id(std::string_view id) noexcept;

}  // namespace gosan
