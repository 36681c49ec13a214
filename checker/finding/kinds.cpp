#include "finding/kinds.hpp"

#include <array>
#include <iterator>

namespace gosan {
namespace {

constexpr std::string_view ids[] = {
#define GOSAN_FINDING(name, id, title) id,
#include "gosan/finding_kinds.def"
#undef GOSAN_FINDING
};

constexpr std::string_view titles[] = {
#define GOSAN_FINDING(name, id, title) title,
#include "gosan/finding_kinds.def"
#undef GOSAN_FINDING
};

constexpr finding_kind kinds[] = {
#define GOSAN_FINDING(name, id, title) finding_kind::name,
#include "gosan/finding_kinds.def"
#undef GOSAN_FINDING
};

}  // namespace

std::string_view id_of(finding_kind k) noexcept { return ids[static_cast<unsigned>(k)]; }
std::string_view title_of(finding_kind k) noexcept { return titles[static_cast<unsigned>(k)]; }

std::span<const finding_kind> all_kinds() noexcept { return kinds; }

std::string list_of_kinds() {
  std::string list;
  for (std::string_view id : ids) list.append(list.empty() ? "" : ", ").append(id);
  return list;
}

std::optional<finding_kind> kind_from_id(std::string_view id) noexcept {
  for (finding_kind k : kinds) {
    if (id_of(k) == id) return k;
  }
  return std::nullopt;
}

}  // namespace gosan
