#include "intercept/thread_events.hpp"

#include "events/sink.hpp"
#include "live/actors.hpp"
#include "live/live.hpp"
#include "race/atomics.hpp"

namespace gosan::intercept {

events::actor_id acting_before_races() noexcept { return live::ignoring() ? 0 : live::actors::running_here(); }

events::object_id object_of(const void* p) noexcept { return race::object_at(reinterpret_cast<std::uintptr_t>(p)); }

void emit_id(events::kind k, events::object_id object, std::uint64_t a, std::uint64_t b, std::uint16_t flags) noexcept {
  events::event e;
  e.what = k;
  e.flags = flags;
  e.g = acting();
  e.obj = object;
  e.a = a;
  e.b = b;
  events::sink::emit(e);
}

void emit(events::kind k, const void* object, std::uint64_t a, std::uint64_t b, std::uint16_t flags) noexcept {
  emit_id(k, object_of(object), a, b, flags);
}

void destroyed(const void* p, std::size_t n) noexcept { race::forget_atomics(reinterpret_cast<std::uintptr_t>(p), n); }

}  // namespace gosan::intercept
