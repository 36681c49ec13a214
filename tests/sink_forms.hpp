// For a test's own sink, once in its binary: what the runtime tells without an event, as the event.
#pragma once

#include "events/sink.hpp"
#include "sched/sched.hpp"

namespace gosan::events::sink {

void emit_acquired(object_id lock, lock_mode mode, std::uint16_t flags) noexcept {
  emit({.what = kind::lock_acquire, .flags = flags, .g = rt::self_id(), .obj = lock, .a = static_cast<std::uint64_t>(mode)});
}
void emit_released(object_id lock, lock_mode mode) noexcept {
  emit({.what = kind::lock_release, .g = rt::self_id(), .obj = lock, .a = static_cast<std::uint64_t>(mode)});
}
void emit_begun_and_sent(const event& sent) noexcept {
  emit({.what = kind::chan_send_begin, .g = sent.g, .obj = sent.obj});
  sink::emit(sent);
}
void emit_park(const rt::goroutine* g, wait_reason why, object_id on) noexcept {
  emit({.what = kind::park, .g = rt::id_of(g), .obj = on, .a = static_cast<std::uint64_t>(why), .b = on ? 1u : 0u});
}
void emit_create(const rt::goroutine* by, const rt::goroutine* g, const void*) noexcept {
  emit({.what = kind::go_create, .g = rt::id_of(by), .obj = rt::id_of(g)});
}
void emit_end(actor_id g) noexcept { emit({.what = kind::go_end, .g = g}); }
object_uses* uses_of(object_id) noexcept {
  static object_uses nobody_looks;
  return &nobody_looks;
}

}  // namespace gosan::events::sink
