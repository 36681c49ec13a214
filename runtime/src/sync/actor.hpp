// Who emits: the id of the running goroutine or thread, looked up in the recording library only.
#pragma once

#include "events/sink.hpp"
#include "sched/sched.hpp"

namespace gosan::detail {

inline events::actor_id actor() noexcept {
  if constexpr (events::recording) return rt::self_id();
  return 0;
}

inline events::actor_id actor_of([[maybe_unused]] const rt::goroutine* g) noexcept {
  if constexpr (events::recording) return rt::id_of(g);
  return 0;
}

// Emits for the running goroutine. Nothing in the plain library, where its arguments should cost
// nothing to compute.
inline void emit_here(events::kind what, events::object_id obj, std::uint64_t a = 0,
                      std::uint64_t b = 0, std::uint16_t flags = 0) noexcept {
  if constexpr (events::recording)
    if (events::wants(what)) events::sink::emit({.what = what, .flags = flags, .g = actor(), .obj = obj, .a = a, .b = b});
}

// Locks tell of themselves by a shorter way.
inline void emit_acquired(events::object_id lock, events::lock_mode mode, std::uint16_t flags = 0) noexcept {
  if constexpr (events::recording)
    if (events::wants(events::kind::lock_acquire)) events::sink::emit_acquired(lock, mode, flags);
}
inline void emit_released(events::object_id lock, events::lock_mode mode) noexcept {
  if constexpr (events::recording)
    if (events::wants(events::kind::lock_release)) events::sink::emit_released(lock, mode);
}

// Where an explorer may switch. Nothing in the plain library.
inline void decision_point() noexcept {
  if constexpr (events::recording)
    if (rt::perturbing) [[unlikely]] rt::preempt_point();
}

// The id of a public object, whose header must not know events::object_tag.
inline events::object_id id_of(std::uint64_t& word) noexcept {
  static_assert(sizeof(events::object_tag) == sizeof(std::uint64_t));
  if constexpr (events::recording)
    return events::id_of(reinterpret_cast<events::object_tag&>(word));
  return 0;
}

}  // namespace gosan::detail
