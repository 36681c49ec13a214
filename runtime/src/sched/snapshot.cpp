// Pictures of all goroutines: events/snapshot.hpp on the control blocks.
#include "events/snapshot.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "sched/scheduler.hpp"
#include "switch/switch.hpp"

extern "C" void* __libc_stack_end;

namespace gosan::rt {
namespace {

constexpr std::size_t frames_at_most = 64;

// Return addresses by frame pointers, within the goroutine's own stack.
void walk(std::uintptr_t frame_pointer, std::uintptr_t low, std::uintptr_t high, std::vector<std::uintptr_t>& into) {
  while (into.size() < frames_at_most && frame_pointer >= low && frame_pointer + 16 <= high && frame_pointer % 8 == 0) {
    const auto* frame = reinterpret_cast<const std::uintptr_t*>(frame_pointer);
    if (!frame[1]) return;
    into.push_back(frame[1]);
    if (frame[0] <= frame_pointer) return;
    frame_pointer = frame[0];
  }
}

events::goroutine_state state_of(gstate s) noexcept {
  switch (s) {
    case gstate::free: return events::goroutine_state::ended;
    case gstate::runnable: return events::goroutine_state::runnable;
    case gstate::running: return events::goroutine_state::running;
    case gstate::waiting: return events::goroutine_state::waiting;
  }
  return events::goroutine_state::ended;
}

void take_stack(const goroutine* g, events::goroutine_view& v) {
  v.stack_low = reinterpret_cast<std::uintptr_t>(g->stk.low);
  v.stack_high = reinterpret_cast<std::uintptr_t>(g->stk.high);
  v.stack_pointer = reinterpret_cast<std::uintptr_t>(g->context);
  const saved_frame f = frame_of(g->context);
  v.stack.push_back(f.pc);
  walk(f.frame_pointer, v.stack_pointer, v.stack_high, v.stack);
}

struct taking {
  events::snapshot* s;
};

void take_one(goroutine* g, void* arg) {
  auto& out = *static_cast<taking*>(arg)->s;
  const gstate state = g->state.load(std::memory_order_acquire);  // [GSTATE]
  if (state == gstate::free) return;
  // A thread that is not inside one of our operations is nobody's business here.
  if (g->is_thread && state != gstate::waiting) return;
  events::goroutine_view v;
  v.id = g->id;
  if (g->name) v.name = g->name;
  v.state = state_of(state);
  if (state == gstate::running && g->in_blocking.load(std::memory_order_relaxed)) {
    v.state = events::goroutine_state::blocking;
    v.why = events::wait_reason::blocking;
  }
  if (state == gstate::waiting) v.why = g->why;
  v.waits_on = g->waits_on;
  if (state == gstate::waiting)
    v.waiting_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, static_cast<std::int64_t>(out.taken_ns) - g->waits_since));
  v.daemon = g->daemon;
  v.is_main = g->is_main;
  v.is_thread = g->is_thread;
  v.creator = g->creator;
  v.created_at = reinterpret_cast<std::uintptr_t>(g->created_at);
  v.control_block = g;
  v.control_block_size = sizeof *g;
  if (state == gstate::waiting && g->context) take_stack(g, v);
  out.goroutines.push_back(std::move(v));
}

}  // namespace
}  // namespace gosan::rt

namespace gosan::events {

snapshot take_snapshot() {
  snapshot s;
  s.taken_ns = static_cast<std::uint64_t>(rt::clock_ns());
  rt::taking t{&s};
  rt::visit_goroutines(rt::take_one, &t);
  rt::timer_roots(s.timer_args);
  std::sort(s.goroutines.begin(), s.goroutines.end(),
            [](const goroutine_view& a, const goroutine_view& b) { return a.id < b.id; });
  return s;
}

void with_world_stopped(void (*stopped)(const snapshot&, void*), void* arg) { stopped(take_snapshot(), arg); }

stack_range current_stack() noexcept {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (rt::worker* w = rt::this_worker()) {
    if (const rt::goroutine* g = w->current())
      if (here >= reinterpret_cast<std::uintptr_t>(g->stk.low) && here < reinterpret_cast<std::uintptr_t>(g->stk.high))
        return {reinterpret_cast<std::uintptr_t>(g->stk.low), reinterpret_cast<std::uintptr_t>(g->stk.high)};
    return {here, reinterpret_cast<std::uintptr_t>(w->stack_high)};
  }
  // glibc keeps a thread's control block at the upper end of its stack; the main thread's stack end is the loader's.
  const auto block = reinterpret_cast<std::uintptr_t>(pthread_self());
  constexpr std::uintptr_t largest = std::uintptr_t{64} << 20;
  if (block > here && block - here < largest) return {here, block};
  const auto end = reinterpret_cast<std::uintptr_t>(__libc_stack_end);
  if (end > here && end - here < largest) return {here, end};
  return {};
}

}  // namespace gosan::events
