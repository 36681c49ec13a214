// What the live parts of a recording program offer one another. sink.cpp takes the runtime's events and hands each to the
// detectors that are on; a detector that finds something calls report().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "events/event.hpp"
#include "events/snapshot.hpp"
#include "gosan/finding.hpp"

namespace gosan::live {

inline constexpr auto relaxed = std::memory_order_relaxed;

// Takes a finding: fills fingerprint and scope, folds it into an alike one, writes it to the result file at once (or
// keeps it for the report at exit when there is none). Callable from any thread with locks of the runtime held;
// never parks. Symbols are not looked up here.
void report(finding&& f) noexcept;

// Call stacks, interned: equal stacks have equal ids for the life of the process. 0 = empty.
events::stack_id intern_stack(std::span<const std::uintptr_t> return_addresses) noexcept;
std::span<const std::uintptr_t> stack_of(events::stack_id id) noexcept;
// The caller's return addresses, innermost first, by frame pointers, bounded by the stack it runs on.
std::size_t walk_stack(std::uintptr_t* into, std::size_t capacity, unsigned skip) noexcept;
// The return address below `call_site` on the caller's stack, among the innermost `at_most` from the frame `from` on, which may be null for
// that of this function; `where` it lies. 0: there is none.
std::uintptr_t called_below(std::uintptr_t call_site, unsigned at_most, const void* from, const std::uintptr_t** where) noexcept;
// The same from a frame of the caller's stack on; its return address is the first.
std::size_t walk_from(const void* frame, std::uintptr_t* into, std::size_t capacity) noexcept;
// The same for who knows the bounds of the stack it runs on. REQUIRES: the frame lies in them, capacity is not 0.
std::size_t walk_within(events::stack_range bounds, const void* frame, std::uintptr_t* into, std::size_t capacity) noexcept;
// Interns the stack from such a frame on. REQUIRES: the frame is our own.
events::stack_id capture_from(const void* frame, std::size_t capacity, unsigned skip = 0) noexcept;
events::stack_id capture_within(events::stack_range bounds, const void* frame, std::size_t capacity, unsigned skip) noexcept;
// Bounds of this OS thread's own stack, whatever runs on it now. Asked once per thread: the answer costs system calls.
events::stack_range thread_stack() noexcept;
// Frames with module and offset; function names only where they cost nothing.
call_stack frames_of(events::stack_id id);
call_stack frames_of(std::span<const std::uintptr_t> return_addresses);

// What is known of an actor from its events: for the party of a finding. `role` and `stack` are the caller's.
party party_of(events::actor_id g);
std::string text_of(events::text_id id);

// The running actor of this thread; attaches the thread when it has none.
events::actor_id current_actor() noexcept;
// rt::between_goroutines(): whoever attaches itself here would wait for locks that the code below it may hold.
bool between_goroutines() noexcept;
// While one lives, the calling thread puts a finding together. A crash of another thread, perhaps by what was just found, waits for that.
class finding_under_way {
 public:
  finding_under_way() noexcept;
  ~finding_under_way();
  finding_under_way(const finding_under_way&) = delete;
  finding_under_way& operator=(const finding_under_way&) = delete;
  static bool elsewhere() noexcept;
};
// Whether one of the two is the main goroutine, and the other the thread that waits for it: there a signal's handler runs, which in a
// program without goroutines runs on main's thread.
bool main_and_its_handler(events::actor_id a, events::actor_id b) noexcept;
// A fresh id for an OS thread that does not run yet, and the thread's taking it, first thing it does.
events::actor_id reserve_thread_actor() noexcept;
void adopt_thread_actor(events::actor_id id) noexcept;

// Whether this thread is in an ignore scope of the runtime; asked while the race detector is off.
bool ignoring() noexcept;

// Memory of the checker itself: never the user's allocator, never intercepted. Thread-safe.
void* internal_alloc(std::size_t n, std::size_t align = 16) noexcept;
void internal_free(void* p, std::size_t n) noexcept;
// Whole pages; with `now` all of them at once, instead of each at its first use.
void* map_zeroed(std::size_t n, bool now = false) noexcept;
void unmap(void* p, std::size_t n) noexcept;      // gives them back

// Whether a detector is on: "race", "leak", "deadlock", "lock-order" of the option `detect`.
bool detector_on(std::string_view name) noexcept;

}  // namespace gosan::live
