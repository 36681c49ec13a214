// How interceptors emit events: on behalf of the goroutine or thread that runs here, unless what runs is the runtime's own.
#pragma once

#include <cstdint>

#include "events/event.hpp"
#include "race/actors.hpp"
#include "race/states.hpp"

namespace gosan::intercept {

// The goroutine or thread of the program whose code runs here; 0 when what runs is the runtime's own or nobody's that is known. Told by
// the race detector, or by the actor table when that does not run.
inline events::actor_id acting() noexcept;
// Whether what this thread does now belongs to the program: a goroutine, or a thread that runs code of the program.
inline bool observed() noexcept { return acting() != 0; }
void emit(events::kind k, const void* object, std::uint64_t a = 0, std::uint64_t b = 0, std::uint16_t flags = 0) noexcept;
void emit_id(events::kind k, events::object_id object, std::uint64_t a = 0, std::uint64_t b = 0, std::uint16_t flags = 0) noexcept;
events::object_id object_of(const void* p) noexcept;
// The object at p is gone.
void destroyed(const void* p, std::size_t n) noexcept;

// ---- inline bodies ----

events::actor_id acting_before_races() noexcept;

// Nobody tells the race detector who runs before it has started: whoever it took for the actor then would stay it for ever.
inline events::actor_id acting() noexcept {
  const race::thread_view& t = __gosan_thread;
  if (t.ignore) return 0;
  if (!race::states::started()) [[unlikely]] return acting_before_races();
  return t.actor ? t.actor->id : 0;
}

}  // namespace gosan::intercept
