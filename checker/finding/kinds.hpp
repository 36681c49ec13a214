// Kinds of finding by their public ids.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "gosan/finding.hpp"

namespace gosan {

std::span<const finding_kind> all_kinds() noexcept;
std::optional<finding_kind> kind_from_id(std::string_view id) noexcept;

}  // namespace gosan
