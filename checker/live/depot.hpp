// Interned call stacks and texts. Reads and re-interning of what is known take no lock; nothing is ever removed.
#pragma once

#include <string_view>

#include "live/live.hpp"

namespace gosan::live {

events::text_id intern_text(std::string_view s) noexcept;
std::string_view view_of(events::text_id id) noexcept;  // lives as long as the process

}  // namespace gosan::live
