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
  if ((to & live::to_race) && races() && race::on_event) race::on_event(e);  // before the start, `to` tells too much
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

[[gnu::noinline]] void emit(const event& e) noexcept {
  if (!live::accepting.load(relaxed)) return;
  const void* here = __builtin_frame_address(0);
  const unsigned to = live::routes[e.what] & live::takers.load(relaxed);
  if ((to & live::with_stack) && !e.stack) [[unlikely]] {
    emit_with_stack(e, to, here);
  } else if (to & (live::to_race | live::to_trace)) {
    emit_to_all(e, to, here);
  } else {
    if (to & live::to_actors) live::actors::on_event(e);
    if (to & live::to_sync) live::to_sync_detectors(e, to, here);
  }
  asm volatile("");  // no call above is the last thing done: the frame `here` stays
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

void set_block(actor_id g, const rt::goroutine* block) noexcept { live::actors::set_block(g, block); }

void at_start() noexcept {
  live::process::start();
  live::update_wanted();
}
int at_exit(int status) noexcept { return live::process::main_ended(status); }
void fatal(std::string_view what) noexcept { live::process::fatal(what); }

}  // namespace gosan::events::sink
