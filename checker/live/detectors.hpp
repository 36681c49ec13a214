// Which detectors are on, and the road of an event to each. sink.cpp and process.cpp call these; detectors.cpp knows the
// detectors.
#pragma once

#include <atomic>
#include <string_view>

#include "events/event.hpp"
#include "events/sink.hpp"
#include "live/live.hpp"

namespace gosan::live {

// Bits of `detect`.
enum detector : unsigned { race = 1, leak = 2, deadlock = 4, lock_order = 8 };

namespace detail {
inline constexpr unsigned unread = ~0u;
extern std::atomic<unsigned> on;
unsigned read_detectors() noexcept;
}  // namespace detail

// The bits of the option `detect`; read once, at the first event.
inline unsigned detectors_on() noexcept {
  const unsigned bits = detail::on.load(relaxed);
  return bits != detail::unread ? bits : detail::read_detectors();
}
// False in a forked child and once the result was closed: events are dropped then.
extern std::atomic<bool> accepting;

// `to`: who wants it, of routes.hpp; `at`: the frame of who was told of it.
void to_sync_detectors(const events::event& e, unsigned to, const void* at) noexcept;
// The same of a lock that is taken or given up.
void to_locks_alone(const events::event& e, const void* at) noexcept;
// A lock that the running goroutine g takes or gives up, for the books of locks and nobody else. False: they need the event.
bool note_acquired(const rt::goroutine& g, events::object_id lock, bool by_try, const void* at) noexcept;
// The usual case of it: the lock is the one of the last time.
bool note_acquired_again(const rt::goroutine& g, events::object_id lock, bool by_try, const void* at) noexcept;
bool note_released(const rt::goroutine& g, events::object_id lock) noexcept;
// g, who runs here, has taken a lock by an event: its book is made, and its block may know it.
void show_book(rt::goroutine& g) noexcept;
// Whether a wait of g's is more to the detectors than what its control block says.
bool wait_tells(events::actor_id g, events::wait_reason why) noexcept;
void note_end(events::actor_id g) noexcept;
// All actors of the page that `first` begins in a table by their ids have ended, long ago.
void forget_actors(events::actor_id first) noexcept;
events::sink::object_uses* uses_of(events::object_id id) noexcept;
// Which of an event's takers there are at this moment. With the race detector or a trace all of them; otherwise not those of orders
// that nobody uses yet, nor who only asks for a stack in a trace.
extern std::atomic<unsigned> takers;
// Sets these and events::sink::wanted by what is on. Call when something was switched on.
void update_wanted() noexcept;
void set_address(events::object_id id, const void* tag) noexcept;
// The id of a user's object known by its address only; made at the first use.
events::object_id object_at(const void* p) noexcept;
// Who threw the last panic and where; zeroes when none was.
struct thrown {
  events::actor_id by = 0;
  events::stack_id at = 0;
};
thrown last_panic() noexcept;

// The main goroutine has returned: whatever of the others is not over is judged.
void judge_end_of_main();
// All goroutines are asleep.
void judge_deadlock();
// The program ends by the last panic, or by one of the goroutine that calls when no panic was seen.
void judge_panic(std::string_view what);
}  // namespace gosan::live
