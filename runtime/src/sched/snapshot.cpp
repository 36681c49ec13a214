// Pictures of all goroutines: events/snapshot.hpp on the control blocks.
#include "events/snapshot.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>

#include "events/sink.hpp"
#include "sched/scheduler.hpp"
#include "switch/switch.hpp"

extern "C" void* __libc_stack_end;

namespace gosan::rt {
namespace {

constexpr std::size_t frames_at_most = 64, longest_name = 63;

// Return addresses by frame pointers, within the goroutine's own stack; how many.
std::size_t walk(std::uintptr_t frame_pointer, std::uintptr_t low, std::uintptr_t high, std::span<std::uintptr_t> into) noexcept {
  std::size_t n = 0;
  while (n < into.size() && frame_pointer >= low && frame_pointer < high && high - frame_pointer >= 16 && frame_pointer % 8 == 0) {
    const auto* frame = reinterpret_cast<const std::uintptr_t*>(frame_pointer);
    if (!frame[1]) break;
    into[n++] = frame[1];
    if (frame[0] <= frame_pointer) break;
    frame_pointer = frame[0];
  }
  return n;
}

// The same behind what is in the list, as far as there is room.
void walk(std::uintptr_t frame_pointer, std::uintptr_t low, std::uintptr_t high, std::vector<std::uintptr_t>& into) {
  const std::size_t before = into.size();
  into.resize(into.capacity());  // no allocation
  into.resize(before + walk(frame_pointer, low, high, std::span(into).subspan(before)));
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

void take_stack(const goroutine* g, events::goroutine_view& v) noexcept {
  v.stack_low = reinterpret_cast<std::uintptr_t>(g->stk.low);
  v.stack_high = reinterpret_cast<std::uintptr_t>(g->stk.high);
  v.stack_pointer = reinterpret_cast<std::uintptr_t>(g->context);
  const saved_frame f = frame_of(g->context);
  v.stack.push_back(f.pc);
  walk(f.frame_pointer, v.stack_pointer, v.stack_high, v.stack);
}

// Filling a picture while the world stands still must not allocate: somebody who stands still may hold the allocator's lock.
// So the views are made before, with room in them, and a picture that turns out too small is taken again.
struct taking {
  events::snapshot* s;
  std::size_t filled = 0;
  std::size_t wanted = 0;
  struct place {
    events::actor_id id;
    std::size_t from;
  };
  std::vector<place> order = {};
};

std::size_t count_goroutines() noexcept {
  std::size_t n = 0;
  visit_goroutines(
      [](goroutine* g, void* n) {
        if (g->state.load(std::memory_order_acquire) != gstate::free) ++*static_cast<std::size_t*>(n);  // [GSTATE]
      },
      &n);
  return n;
}

void make_room(events::snapshot& s, std::size_t views) {
  s.goroutines.resize(views);
  const std::size_t frames = views < 20000 ? frames_at_most : 16;
  for (auto& v : s.goroutines) {
    v.stack.reserve(frames);
    v.name.reserve(longest_name);
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(views, max_processors); ++i) s.goroutines[i].registers.reserve(32);
}

// A running goroutine has a stack to show only where its worker was interrupted, or when it takes the picture itself.
void take_running(const goroutine* g, events::goroutine_view& v) noexcept {
  v.stack_low = reinterpret_cast<std::uintptr_t>(g->stk.low);
  v.stack_high = reinterpret_cast<std::uintptr_t>(g->stk.high);
  worker* w;
  {
    hold h(the_scheduler.mu);
    w = the_scheduler.workers;
  }
  while (w && w->current() != g) w = w->all_link;
  if (!w) return;
  if (w == this_worker()) {
    v.stack_pointer = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    walk(v.stack_pointer, v.stack_low, v.stack_high, v.stack);
  } else if (w->resting.load() == static_cast<std::uint32_t>(rest::interrupted)) {
    const interruption& at = w->interrupted_at;
    v.stack_pointer = at.stack_pointer;
    if (v.registers.capacity() >= std::size(at.registers)) v.registers.assign(at.registers, std::end(at.registers));
    v.stack.push_back(at.pc);
    walk(at.frame_pointer, at.stack_pointer, v.stack_high, v.stack);
  }
}

void fill(const goroutine* g, gstate state, std::uint64_t now, events::goroutine_view& v) noexcept {
  v.id = g->id;
  if (const char* name = g->name) v.name.assign(name, strnlen(name, longest_name));
  v.state = state_of(state);
  if (state == gstate::waiting) {
    v.why = g->why;
    v.waits_on = g->waits_on;
    v.waiting_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, static_cast<std::int64_t>(now) - g->waits_since));
  } else if (state == gstate::running && g->in_blocking.load(std::memory_order_relaxed)) {
    v.state = events::goroutine_state::blocking;
    v.why = events::wait_reason::blocking;
  }
  v.control_block = g;
  v.control_block_size = sizeof *g;
  v.daemon = g->daemon;
  v.is_main = g->is_main;
  v.is_thread = g->is_thread;
  if (g->is_main) return;  // nobody has created it
  v.creator = g->creator;
  v.created_at = reinterpret_cast<std::uintptr_t>(g->created_at);
}

void take_one(goroutine* g, void* arg) {
  auto& t = *static_cast<taking*>(arg);
  const gstate state = g->state.load(std::memory_order_acquire);  // [GSTATE]
  if (state == gstate::free) return;
  // A thread that is not inside one of our operations is nobody's business here.
  if (g->is_thread && state != gstate::waiting) return;
  if (++t.wanted >= t.s->goroutines.size()) return;  // one stays spare
  events::goroutine_view& v = t.s->goroutines[t.filled++];
  fill(g, state, t.s->taken_ns, v);
  if (state == gstate::running)
    take_running(g, v);
  else if (g->context)
    take_stack(g, v);
}

// In the order of ids. A view is large, so each is moved once, along the cycles of the order that was found for small entries; by way
// of the spare one, for a copy on this stack would leave words there that lead to the stack of a goroutine.
void finish_picture(events::snapshot& s, taking& t) {
  std::vector<events::goroutine_view>& all = s.goroutines;
  t.order.clear();
  for (std::size_t i = 0; i < t.filled; ++i) t.order.push_back({all[i].id, i});  // within the room made before
  std::sort(t.order.begin(), t.order.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  for (std::size_t first = 0; first < t.filled; ++first) {
    if (t.order[first].from == first) continue;
    all[t.filled] = std::move(all[first]);
    std::size_t to = first;
    for (std::size_t from; (from = std::exchange(t.order[to].from, to)) != first; to = from) all[to] = std::move(all[from]);
    all[to] = std::move(all[t.filled]);
  }
  all.resize(t.filled);
}

}  // namespace

events::stack_id stack_of_parked([[maybe_unused]] const goroutine* g) noexcept {
  if constexpr (events::recording) {
    if (!g->context) return 0;
    std::uintptr_t pcs[frames_at_most];
    const saved_frame f = frame_of(g->context);
    pcs[0] = f.pc;
    const auto low = reinterpret_cast<std::uintptr_t>(g->context);
    const std::size_t n = 1 + walk(f.frame_pointer, low, reinterpret_cast<std::uintptr_t>(g->stk.high), std::span(pcs).subspan(1));
    return events::sink::intern_stack(std::span(pcs, n));
  }
  return 0;
}

}  // namespace gosan::rt

namespace gosan::events {

void with_world_stopped(void (*stopped)(const snapshot&, void*), void* arg) {
  for (std::size_t room = 64;; room *= 2) {
    snapshot s;
    rt::make_room(s, rt::count_goroutines() * 5 / 4 + room);
    s.timer_args.reserve(2 * rt::timer_count() + room);
    rt::taking t{.s = &s};
    t.order.reserve(s.goroutines.size());
    rt::stop_world();
    s.taken_ns = static_cast<std::uint64_t>(rt::clock_ns());
    rt::visit_goroutines(rt::take_one, &t);
    const bool complete = t.filled == t.wanted && rt::timer_roots(s.timer_args);
    if (complete) {
      s.timers_only_send = rt::timers_only_send();
      rt::finish_picture(s, t);  // shrinks and moves: no allocation
      if (stopped) stopped(s, arg);
    }
    rt::start_world();
    if (complete) return;
  }
}

snapshot take_snapshot() {
  snapshot s;
  with_world_stopped([](const snapshot& all, void* to) { *static_cast<snapshot*>(to) = std::move(const_cast<snapshot&>(all)); },
                     &s);
  return s;
}

[[gnu::noinline]] stack_range current_stack() noexcept {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (const rt::worker* w = rt::tl_worker) {
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
