#include "events/event.hpp"

#include <iterator>

namespace gosan::events {

std::string_view name(kind k) noexcept {
  static constexpr std::string_view names[] = {
#define GOSAN_EVENT(kind, order, emitter, meaning) #kind,
#include "events/event_kinds.def"
#undef GOSAN_EVENT
  };
  return k < kind::count_ ? names[static_cast<unsigned>(k)] : "unknown";
}

std::string_view text(wait_reason r) noexcept {
  static constexpr std::string_view texts[] = {
#define GOSAN_WAIT_REASON(name, text) text,
#include "events/wait_reasons.def"
#undef GOSAN_WAIT_REASON
  };
  return static_cast<unsigned>(r) < std::size(texts) ? texts[static_cast<unsigned>(r)] : "unknown";
}

}  // namespace gosan::events
