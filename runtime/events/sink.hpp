// How the runtime emits. The runtime is compiled twice from the same sources:
//   libgosan.a          without GOSAN_RECORDING: every hook below is an empty inline function, nothing is left of it;
//   libgosan_verify.a   with GOSAN_RECORDING=1: the hooks call the sink, which checker/live/ defines.
// Which of the two a program links is its own choice at link time; no header a user includes depends on it.
//
// Ground rules for a sink: it may be called from any thread, on a goroutine's own stack or a worker's, with locks of the
// runtime held. It must not call back into the runtime, throw, park, or wait for anything that a goroutine would have to do.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "events/event.hpp"

namespace gosan::rt {
struct goroutine;
}

namespace gosan::events {

#ifdef GOSAN_RECORDING
inline constexpr bool recording = true;
#else
inline constexpr bool recording = false;
#endif

namespace sink {
// The kinds that anybody takes at this moment, one bit each, and in the highest bit whether anybody wants to know of memory: an event that nobody takes is not even put together. May tell too much,
// never too little; relaxed, nothing is published through it.
extern std::atomic<std::uint64_t> wanted;
// Defined by checker/live/ and linked into libgosan_verify.a only.
void emit(const event& e) noexcept;
// The same as emit() for what is told most often; where nobody wants more than the books of who lives, who waits and who holds what, no
// event is put together. Call them when the kind is wanted; the locks are taken and given up by who calls.
void emit_acquired(object_id lock, lock_mode mode, std::uint16_t flags) noexcept;
void emit_released(object_id lock, lock_mode mode) noexcept;
// A chan_send, and before it that it is about to be.
void emit_begun_and_sent(const event& sent) noexcept;
// g waits, on no thread of its own.
void emit_park(const rt::goroutine* g, wait_reason why, object_id on) noexcept;
// `g` is new, made by `by`, who runs here. Captures the creation site from `frame` on, a frame of the caller's callers whose function
// returns to it. From then on g's control block is known: what it does at any moment can be read there.
void emit_create(const rt::goroutine* by, const rt::goroutine* g, const void* frame) noexcept;
void emit_end(actor_id g) noexcept;
// A fresh serial number for an object. Ids of objects and of actors are different series. `tag` lies inside the object:
// a leak is proven by what can still reach that address. Null when there is no such object in memory.
object_id new_object(const void* tag = nullptr) noexcept;
// Who used which end of a channel last. An item is too frequent for an event that nobody but the books wants: the runtime writes
// these words itself, under the object's lock, and emits the event only when it is wanted. Of a once the sender is who calls it.
struct object_uses {
  std::atomic<actor_id> last_sender, last_receiver;
  std::atomic<std::uint64_t> told_at;  // the sink's own: when a trace was told of the channel last, see trace/record/moment.hpp
};
// Those of the object; they stay where they are for the life of the process.
object_uses* uses_of(object_id id) noexcept;
// Interns the caller's stack, `skip` frames above the sink left out. Frame pointers only; does not allocate from the
// user's allocator. `lazily` asks for the return addresses only: symbols are looked up when a report is written.
stack_id capture_stack(unsigned skip) noexcept;
// Interns a stack that the runtime has walked itself: return addresses, innermost first.
stack_id intern_stack(std::span<const std::uintptr_t> return_addresses) noexcept;
text_id intern(std::string_view s) noexcept;
// The bytes are new: what was known of earlier accesses to them must be forgotten (a recycled stack, a control block).
void memory_fresh(const void* p, std::size_t n) noexcept;
// What this thread accesses until the matching end is the runtime's own business (moving elements inside a channel).
void ignore_begin() noexcept;
void ignore_end() noexcept;
// Races on these bytes are meant by the user: annotate::benign_race.
void benign_race(const void* p, std::size_t n, const char* why) noexcept;
// The id of the object of the user's own that he names by an address: annotate::happens_before.
object_id object_at(const void* p) noexcept;
// The scope (a test) that an actor is in; 0 for none.
object_id scope_of(actor_id g) noexcept;
// Called once by the scheduler before its first goroutine, and once when the program is about to end: after the main
// goroutine returned, with the status the program will exit with. `at_exit` returns the status to exit with instead.
void at_start() noexcept;
int at_exit(int status) noexcept;
// Fatal outcomes (deadlock, unhandled panic, stack overflow): the sink reports what it knows; the caller then prints
// its own report and ends the program.
void fatal(std::string_view what) noexcept;
}  // namespace sink

inline constexpr unsigned memory_bit = 63;
static_assert(static_cast<unsigned>(kind::count_) <= memory_bit, "a bit of sink::wanted per kind");
inline bool wants([[maybe_unused]] kind k) noexcept {
  if constexpr (recording) return sink::wanted.load(std::memory_order_relaxed) >> static_cast<unsigned>(k) & 1;
  return false;
}

template <typename... K>
bool wants_any([[maybe_unused]] K... kinds) noexcept {
  if constexpr (recording) return sink::wanted.load(std::memory_order_relaxed) & (... | (std::uint64_t{1} << static_cast<unsigned>(kinds)));
  return false;
}

// Whether a trace is recorded, which is told also what is nothing new to the detectors. A start is for traces alone.
inline bool traced() noexcept { return wants(kind::go_start); }

inline void emit([[maybe_unused]] const event& e) noexcept {
  if constexpr (recording)
    if (wants(e.what)) sink::emit(e);
}

inline stack_id capture_stack([[maybe_unused]] unsigned skip = 0) noexcept {
  if constexpr (recording) return sink::capture_stack(skip);
  return 0;
}

inline void memory_fresh([[maybe_unused]] const void* p, [[maybe_unused]] std::size_t n) noexcept {
  if constexpr (recording)
    if (sink::wanted.load(std::memory_order_relaxed) >> memory_bit & 1) sink::memory_fresh(p, n);
}

// The identity of a synchronisation object in events. Lives in the object, costs eight bytes, is zero until the first
// event, and so needs no constructor: a constinit mutex stays constinit. Not copied with the object.
struct object_tag {
  object_id id = 0;
};

// The id of the object that owns `tag`, given one at the first use. The caller serialises calls for one tag (it holds
// the object's lock), or uses the atomic form where it does not.
inline object_id id_of([[maybe_unused]] object_tag& tag) noexcept {
  if constexpr (recording) {
    if (object_id seen = __atomic_load_n(&tag.id, __ATOMIC_RELAXED)) return seen;
    object_id fresh = sink::new_object(&tag), expected = 0;
    // Relaxed suffices: the id is a number, nothing is published through it.
    if (__atomic_compare_exchange_n(&tag.id, &expected, fresh, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
      return fresh;
    return expected;
  }
  return 0;
}

// Scope in which this thread's accesses belong to the runtime. Empty in the plain library.
class ignore_scope {
 public:
  ignore_scope() noexcept {
    if constexpr (recording) sink::ignore_begin();
  }
  ~ignore_scope() {
    if constexpr (recording) sink::ignore_end();
  }
  ignore_scope(const ignore_scope&) = delete;
  ignore_scope& operator=(const ignore_scope&) = delete;
};

}  // namespace gosan::events
