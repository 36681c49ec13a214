// The sink: where the runtime's events arrive in a recording program. Each goes to the race detector, to the actor table and to the
// detectors of synchronisation, on the thread that emits it.
#include "events/sink.hpp"

#include "live/actors.hpp"
#include "live/depot.hpp"
#include "live/detectors.hpp"
#include "live/process.hpp"
#include "live/race_seam.hpp"
#include "live/routes.hpp"
#include "options/options.hpp"
#include "sched/worker.hpp"
#include "trace/record/record.hpp"

namespace gosan::events::sink {
namespace {

using live::relaxed;

constinit std::atomic<object_id> last_object{0};

// Depth of ignore scopes on this thread, kept here while the race detector is off. None lives across a switch.
thread_local constinit std::uint32_t ignored __attribute__((tls_model("initial-exec"))) = 0;

constexpr std::size_t deepest = 256;
std::size_t depth() noexcept {
  static const std::size_t n = std::min<std::size_t>(process_options().stack_depth, deepest);
  return n;
}

bool races() noexcept { return live::detectors_on() & live::race; }

// The stack from the frame `at` on.
stack_id capture_from(const void* at) noexcept { return live::capture_from(at, depth()); }

void trace_event(const event& e, unsigned to, const void* at) noexcept {
  trace::record(e, (to & live::stack_in_trace) && !e.stack ? capture_from(at) : e.stack);
}

// With a trace or the race detector.
void emit_to_all(const event& e, unsigned to, const void* at) noexcept {
  if (to & live::to_trace) trace_event(e, to, at);
  if (to & live::to_actors) live::actors::on_event(e);
  if ((to & live::to_race) && races() && race::on_event) race::on_event(e, at);  // before the start, `to` tells too much
  if (to & live::to_sync) live::to_sync_detectors(e, to, at);
}

// An event that needs its stack.
[[gnu::noinline]] void emit_with_stack(event e, unsigned to, const void* at) noexcept {
  // The panic of a thread that waits to send is told by the one who closes: the stack here is his.
  e.stack = e.what == kind::chan_send_closed ? live::actors::parked_at(e.g) : 0;
  if (!e.stack) e.stack = capture_from(at);
  emit_to_all(e, to, at);
}

}  // namespace

constinit std::atomic<std::uint64_t> wanted{~std::uint64_t{0}};

namespace {

[[gnu::always_inline]] inline void hand_on(const event& e, const void* here) noexcept {
  if (!live::accepting.load(relaxed)) return;
  const unsigned to = live::routes[e.what] & live::takers.load(relaxed);
  if ((to & ~live::stack_in_trace) == live::to_race) {
    if (races() && race::on_event) race::on_event(e, here);  // as in emit_to_all()
  } else if ((to & ~live::stack_in_trace) == (live::to_race | live::to_locks)) {
    if (races() && race::on_lock) race::on_lock(e, here);
    live::to_locks_alone(e, here);
  } else if ((to & live::with_stack) && !e.stack) [[unlikely]] {
    emit_with_stack(e, to, here);
  } else if (to & (live::to_race | live::to_trace)) {
    emit_to_all(e, to, here);
  } else {
    if (to & live::to_actors) live::actors::on_event(e);
    if (to & live::to_sync) live::to_sync_detectors(e, to, here);
  }
}

[[gnu::noinline]] void hand_on_from(const event& e, const void* here) noexcept { hand_on(e, here); }

void hand_on_lock(kind what, object_id lock, lock_mode mode, std::uint16_t flags, const void* here) noexcept {
  hand_on_from({.what = what, .flags = flags, .g = rt::self_id(), .obj = lock, .a = static_cast<std::uint64_t>(mode)}, here);
}

// Apart for the sake of the registers that it needs.
[[gnu::noinline]] void hand_on_acquired(rt::goroutine* g, object_id lock, lock_mode mode, std::uint16_t flags, const void* here) noexcept {
  if (g && live::note_acquired(*g, lock, flags & flag_try, here)) return;
  hand_on_lock(kind::lock_acquire, lock, mode, flags, here);
  if (g) live::show_book(*g);
}

// Nobody wants more than the books of who lives, who waits, who holds what; `but`: what else would not matter.
bool for_books_alone(unsigned but = 0) noexcept {
  return !(live::takers.load(relaxed) & (live::to_race | live::to_trace | live::to_orders) & ~but) && live::accepting.load(relaxed);
}

// The goroutine that runs here when its locks are for the books alone, otherwise null. For a function that is itself never inlined and
// does not switch: see rt::tl_worker.
[[gnu::always_inline]] inline rt::goroutine* here_for_lock_books() noexcept {
  const rt::worker* w = rt::tl_worker;
  return w && for_books_alone(live::to_orders) ? w->current() : nullptr;
}

// The stack from the frame on, most likely on g's.
[[gnu::always_inline]] inline stack_id capture_on(const rt::goroutine& g, const void* frame) noexcept {
  const events::stack_range bounds = live::stack_of(g);
  const auto fp = reinterpret_cast<std::uintptr_t>(frame);
  if (fp < bounds.low || fp >= bounds.high) [[unlikely]] return live::capture_from(frame, depth());
  return live::capture_within(bounds, frame, depth(), 0);
}

// Apart from those who emit: where no event is put together, no registers need be saved.
[[gnu::noinline]] void hand_on_park(const rt::goroutine& g, wait_reason why, object_id on, const void* here) noexcept {
  hand_on_from({.what = kind::park, .g = g.id, .obj = on, .a = static_cast<std::uint64_t>(why), .b = on ? 1u : 0u}, here);
}

[[gnu::noinline]] void hand_on_end(actor_id g, const void* here) noexcept { hand_on_from({.what = kind::go_end, .g = g}, here); }

[[gnu::noinline]] void hand_on_create(const rt::goroutine& by, const rt::goroutine& g, const void* frame) noexcept {
  const stack_id at = g.is_main ? 0 : capture_on(by, frame);
  const text_id name = g.name ? intern(g.name) : 0;
  if (for_books_alone()) return live::actors::created(by.id, g, name, at);
  hand_on_from({.what = kind::go_create, .stack = at, .g = by.id, .obj = g.id, .a = name, .b = g.daemon}, frame);
  live::actors::set_block(g.id, &g);
}

}  // namespace

[[gnu::noinline]] void emit(const event& e) noexcept {
  hand_on(e, __builtin_frame_address(0));
  asm volatile("");  // no call above is the last thing done: the frame stays
}

[[gnu::noinline]] void emit_begun_and_sent(const event& sent) noexcept {
  const void* const here = __builtin_frame_address(0);
  const bool for_race_alone = (live::routes[sent.what] & live::takers.load(relaxed)) == live::to_race && live::accepting.load(relaxed);
  if (for_race_alone && races() && race::on_begun_and_sent) [[likely]] {
    race::on_begun_and_sent(sent, here);
  } else {
    hand_on_from({.what = kind::chan_send_begin, .g = sent.g, .obj = sent.obj}, here);
    hand_on_from(sent, here);
  }
  asm volatile("");  // as in emit()
}

[[gnu::noinline]] void emit_acquired(object_id lock, lock_mode mode, std::uint16_t flags) noexcept {
  rt::goroutine* g = mode == lock_mode::write ? here_for_lock_books() : nullptr;
  if (g && live::note_acquired_again(*g, lock, flags & flag_try, __builtin_frame_address(0))) [[likely]] return;
  hand_on_acquired(g, lock, mode, flags, __builtin_frame_address(0));
  asm volatile("");  // as in emit()
}

[[gnu::noinline]] void emit_released(object_id lock, lock_mode mode) noexcept {
  const rt::goroutine* g = mode == lock_mode::write ? here_for_lock_books() : nullptr;
  if (g && live::note_released(*g, lock)) [[likely]] return;
  hand_on_lock(kind::lock_release, lock, mode, 0, __builtin_frame_address(0));
  asm volatile("");  // as in emit()
}

[[gnu::noinline]] void emit_park(const rt::goroutine* g, wait_reason why, object_id on) noexcept {
  if (for_books_alone(live::to_orders | live::to_race) && !live::wait_tells(g->id, why)) [[likely]] return;
  hand_on_park(*g, why, on, __builtin_frame_address(0));
  asm volatile("");  // as in emit()
}

[[gnu::noinline]] void emit_create(const rt::goroutine* by, const rt::goroutine* g, const void* frame) noexcept {
  if (g->is_main || g->name || !for_books_alone()) [[unlikely]] return hand_on_create(*by, *g, frame);
  live::actors::created(by->id, *g, 0, capture_on(*by, frame));
}

[[gnu::noinline]] void emit_end(actor_id g) noexcept {
  if (for_books_alone()) [[likely]] {
    live::actors::ended(g);
    live::note_end(g);
  } else {
    hand_on_end(g, __builtin_frame_address(0));
  }
  asm volatile("");  // as in emit()
}

object_id new_object(const void* tag) noexcept {
  const object_id id = last_object.fetch_add(1, relaxed) + 1;
  if (tag) live::set_address(id, tag);
  return id;
}

[[gnu::noinline]] stack_id capture_stack(unsigned skip) noexcept {
  const stack_id id = live::capture_from(__builtin_frame_address(0), depth(), skip);
  asm volatile("");  // no tail call: the frame stays
  return id;
}

stack_id intern_stack(std::span<const std::uintptr_t> return_addresses) noexcept { return live::intern_stack(return_addresses); }

object_uses* uses_of(object_id id) noexcept { return live::uses_of(id); }

text_id intern(std::string_view s) noexcept { return live::intern_text(s); }

void memory_fresh(const void* p, std::size_t n) noexcept {
  if (races() && race::memory_fresh) race::memory_fresh(p, n);
}

void ignore_begin() noexcept {
  if (races() && race::ignore_begin) return race::ignore_begin();
  ++ignored;
}

void ignore_end() noexcept {
  if (races() && race::ignore_end) return race::ignore_end();
  --ignored;
}

void benign_race(const void* p, std::size_t n, const char* why) noexcept {
  if (races() && race::benign_race) race::benign_race(p, n, why);
}

}  // namespace gosan::events::sink

namespace gosan::live {
bool ignoring() noexcept { return events::sink::ignored != 0; }
}  // namespace gosan::live

namespace gosan::events::sink {

object_id object_at(const void* p) noexcept { return live::object_at(p); }

object_id scope_of(actor_id g) noexcept { return live::actors::scope_of(g); }

void at_start() noexcept {
  live::process::start();
  live::update_wanted();
}
int at_exit(int status) noexcept { return live::process::main_ended(status); }
void fatal(std::string_view what) noexcept { live::process::fatal(what); }

}  // namespace gosan::events::sink
