// The one vocabulary between the runtime and everything that observes it.
//
// The runtime emits events and knows nothing of who consumes them; detectors, the trace writer and the trace reader consume
// them and know nothing of the scheduler. docs/events.md tells how an event travels from an operation to a report.
#pragma once

#include <cstdint>
#include <string_view>

namespace gosan::events {

// Raised whenever a kind changes its meaning or its number; recorded in traces and checked by readers.
inline constexpr std::uint16_t version = 1;

// Serial numbers, never reused within a process. 0 = none. Goroutines and attached OS threads share one series.
using actor_id = std::uint64_t;
using object_id = std::uint64_t;
// An interned call stack or text; 0 = none. Interned once, see sink.hpp.
using stack_id = std::uint32_t;
using text_id = std::uint32_t;

// What an event orders, for a happens-before analysis. C(x) is the clock of x.
enum class order : std::uint8_t {
  none,           // no edge
  fork,           // C(obj) := C(g): the new actor starts with its creator's past
  join,           // C(g) := C(g) + C(obj's end)
  fork_from,      // C(g) := C(obj): the actor starts with the past of the object that starts it
  acquire,        // C(g) := C(g) + C(obj)
  release,        // C(obj) := C(g)
  release_merge,  // C(obj) := C(obj) + C(g)
  lock,           // acquire of the lock's write clock; in write mode of its readers' clock too
  unlock,         // write mode: release; read mode: release_merge into the readers' clock
  slot,           // buffered: swap with the slot's clock: g takes it and leaves what it knew before the swap;
                  // this makes the k-th receive happen before the completion (not the start) of the (k+C)-th send
  slot_from,      // C(slot) := C(timer b)
  rendezvous,     // C(g), C(b) := C(g) + C(b)
  send_begin,     // reads the channel's pseudo-location, which chan_close writes: send and close must be ordered
};

enum class kind : std::uint16_t {
#define GOSAN_EVENT(kind, order, emitter, meaning) kind,
#include "events/event_kinds.def"
#undef GOSAN_EVENT
  count_
};

enum class wait_reason : std::uint8_t {
#define GOSAN_WAIT_REASON(name, text) name,
#include "events/wait_reasons.def"
#undef GOSAN_WAIT_REASON
};

enum class lock_mode : std::uint8_t { write = 0, read = 1 };

// Bits of event::flags.
inline constexpr std::uint16_t flag_g_sends = 1;    // chan_sync: g is the sender
inline constexpr std::uint16_t flag_try = 2;        // lock_acquire: could not have waited
inline constexpr std::uint16_t flag_senders_wait = 8;  // chan_close: senders wait, each of them is told by chan_send_closed
inline constexpr std::uint16_t flag_straight = 16;  // run: g was ready, on this thread, before whoever ran here last stopped
inline constexpr std::uint16_t flag_os_lock = 4;    // lock_*: a lock of the operating system's threads

struct event {
  kind what{};
  std::uint16_t flags = 0;
  stack_id stack = 0;
  actor_id g = 0;
  object_id obj = 0;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};
static_assert(sizeof(event) == 40, "the trace format and per-processor buffers count on it");

// Of an event of a lock.
constexpr lock_mode mode_of(const event& e) noexcept { return static_cast<lock_mode>(e.a); }

std::string_view name(kind k) noexcept;
constexpr order order_of(kind k) noexcept {
  constexpr order orders[] = {
#define GOSAN_EVENT(kind, ord, emitter, meaning) order::ord,
#include "events/event_kinds.def"
#undef GOSAN_EVENT
  };
  return k < kind::count_ ? orders[static_cast<unsigned>(k)] : order::none;
}
std::string_view text(wait_reason r) noexcept;

}  // namespace gosan::events
