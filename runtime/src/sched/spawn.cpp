#include <cstdlib>
#include <cstring>
#include <new>

#include "events/sink.hpp"
#include "fatal/fatal.hpp"
#include "machine/instructions.hpp"
#include "options/options.hpp"
#include "sched/die.hpp"
#include "sched/futex.hpp"
#include "sched/perturb.hpp"
#include "sched/run.hpp"
#include "sched/scheduler.hpp"
#include "switch/sanitizers.hpp"
#include "switch/switch.hpp"

namespace gosan::rt {
namespace {

constexpr std::uint32_t block_batch = 32, id_batch = 64;

goroutine* take_block(processor* p) noexcept {
  if (!p) return take_goroutines(1);
  if (!p->free_blocks) {
    p->free_blocks = take_goroutines(block_batch);
    p->free_count = block_batch;
  }
  goroutine* g = p->free_blocks;
  p->free_blocks = g->next;
  --p->free_count;
  return g;
}

void give_block(processor* p, goroutine* g) noexcept {
  if (!p) return give_goroutines(g, g);
  g->next = p->free_blocks;
  p->free_blocks = g;
  if (++p->free_count < 8 * block_batch) return;
  goroutine* first = p->free_blocks;
  goroutine* last = first;
  for (std::uint32_t i = 1; i < 4 * block_batch; ++i) last = last->next;
  p->free_blocks = last->next;
  p->free_count -= 4 * block_batch;
  give_goroutines(first, last);
}

events::actor_id take_id(processor* p) noexcept {
  // Relaxed: an id is a number, nothing is published through it.
  if (!p) return the_scheduler.next_id.fetch_add(1, std::memory_order_relaxed);
  if (p->ids_left == 0) {
    p->next_id = the_scheduler.next_id.fetch_add(id_batch, std::memory_order_relaxed);
    p->ids_left = id_batch;
  }
  --p->ids_left;
  return p->next_id++;
}

void count(processor* p, std::atomic<std::int64_t> processor::*mine, std::atomic<std::int64_t>& shared) noexcept {
  if (p)
    (p->*mine).store((p->*mine).load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  else
    shared.fetch_add(1, std::memory_order_relaxed);
}

void store_closure(goroutine* g, const closure& f) noexcept {
  g->invoke = f.invoke;
  if (f.size <= inline_closure_size && f.align <= inline_closure_align) {
    g->closure_at = g->inline_closure;
  } else {
    g->closure_at = std::aligned_alloc(f.align, (f.size + f.align - 1) / f.align * f.align);
    if (!g->closure_at) die("no memory for a goroutine's closure");
  }
  events::memory_fresh(g->closure_at, f.size);
  f.relocate(g->closure_at, f.object);
}

[[gnu::noinline]] void tell_start(const goroutine* g) noexcept { events::emit({.what = events::kind::go_start, .g = g->id}); }

// The first function on a goroutine's stack. It has no handler on purpose: an exception that leaves the body finds the
// stack's end, and std::terminate is called with the whole stack still there.
void body(void*) {
  if (sanitizers::present.any) [[unlikely]] sanitizers::after_switch(nullptr);
  goroutine* g = this_worker()->current();
  if (events::wants(events::kind::go_start)) tell_start(g);
  if (perturbing) [[unlikely]] perturb_start();
  g->invoke(g->closure_at);
  finish();
}

void free_closure(goroutine* g) noexcept {
  if (g->closure_at != g->inline_closure) std::free(g->closure_at);
}

}  // namespace

void finish() noexcept {
  worker* w = this_worker();
  goroutine* g = w->current();
  // What the main goroutine did happens before run() returns.
  if (g->is_main && g->joiner) events::emit({.what = events::kind::user_before, .g = g->id, .obj = g->joiner->waits_on});
  if constexpr (events::recording) events::sink::emit_end(g->id);
  w->enter();
  switch_home(w, request::end);
  die("an ended goroutine was resumed");
}

goroutine* create(processor* p, const closure& f, const spawn_options& o, void* creation_pc) noexcept {
  goroutine* g = take_block(p);
  g->id = take_id(p);
  g->context = nullptr;
  g->slot_size = o.stack_size ? static_cast<std::uint32_t>(stack_slot_size(o.stack_size)) : 0;
  g->in_blocking.store(false, std::memory_order_relaxed);
  g->last_worker = 0;
  g->daemon = o.daemon;
  g->is_main = g->is_thread = false;
  g->name = o.name ? strdup(o.name) : nullptr;
  g->joiner = nullptr;
  g->created_at = creation_pc;
  g->eh = {};
  g->why = events::wait_reason::none;
  g->books = nullptr;
  store_closure(g, f);
  if (!o.daemon) count(p, &processor::spawned, the_scheduler.spawned);
  return g;
}

events::actor_id spawn(const closure& f, const spawn_options& o, void* creation_pc) {
  ensure_started();
  const void* const frame = __builtin_frame_address(0);
  const events::actor_id id = [&] {
    section in;
    processor* p = in.proc();
    goroutine* g = create(p, f, o, creation_pc);
    const events::actor_id fresh = g->id;
    start(p, g, frame);
    return fresh;
  }();
  if (perturbing) [[unlikely]] perturb_spawn();
  return id;
}

void start(processor* p, goroutine* g, [[maybe_unused]] const void* frame) noexcept {
  if constexpr (events::recording) {
    const goroutine* by = self();
    g->creator = by->id;
    events::sink::emit_create(by, g, frame);
  } else {
    worker* w = this_worker();
    g->creator = w && w->current() ? w->current()->id : 0;
  }
  change_state(g, gstate::free, gstate::runnable);
  if (sanitizers::present.any) [[unlikely]] sanitizers::release(g);
  if (!p || perturbed_placing_of_new()) return enqueue(p, g);
  if (goroutine* displaced = p->push_next(g)) return enqueue(p, displaced);
  machine::full_fence();  // [WAKE]
  wake_one_worker();
}

void bind_stack(processor* p, goroutine* g) noexcept {
  static const auto usual = static_cast<std::uint32_t>(stack_slot_size(process_options().stack_size));
  if (g->slot_size == 0) g->slot_size = usual;
  if (!p || g->slot_size != usual) {
    take_stacks(g->slot_size, &g->stk, 1);
  } else {
    if (p->stack_count == 0) {
      take_stacks(usual, p->stacks.data(), processor::stack_cache_size / 4);
      p->stack_count = processor::stack_cache_size / 4;
    }
    g->stk = p->stacks[--p->stack_count];
  }
  events::memory_fresh(g->stk.low, static_cast<std::size_t>(g->stk.high - g->stk.low));
  if (sanitizers::present.any) [[unlikely]] {
    sanitizers::fresh_stack(g->stk.low, g->stk.high);
    g->sanitizer_stack = sanitizers::make_fiber();
  }
  g->context = make_context(g->stk.high, body);
}

namespace {

void give_stack(processor* p, goroutine* g) noexcept {
  static const auto usual = static_cast<std::uint32_t>(stack_slot_size(process_options().stack_size));
  if (!p || g->slot_size != usual) return give_stacks(g->slot_size, &g->stk, 1);
  if (p->stack_count == processor::stack_cache_size) {
    // The older half goes, the hot end stays.
    constexpr auto half = processor::stack_cache_size / 2;
    give_stacks(usual, p->stacks.data(), half);
    std::memmove(p->stacks.data(), p->stacks.data() + half, half * sizeof(stack));
    p->stack_count = half;
  }
  p->stacks[p->stack_count++] = g->stk;
}

}  // namespace

void end_goroutine(processor* p, goroutine* g) noexcept {
  free_closure(g);
  if (sanitizers::present.any) [[unlikely]] sanitizers::drop_fiber(g->sanitizer_stack);
  give_stack(p, g);
  g->context = nullptr;
  std::free(g->name);
  g->name = nullptr;
  goroutine* joiner = g->joiner;
  if (!g->daemon) count(p, &processor::ended, the_scheduler.ended);
  change_state(g, gstate::running, gstate::free);
  give_block(p, g);
  if (joiner) ready(joiner);
}

void run_main(const closure& f, void* creation_pc) noexcept {
  ensure_started();
  struct start_it {
    const closure& f;
    void* pc;
  } what{f, creation_pc};
  the_scheduler.runs.fetch_add(1);
  events::object_id end_of_main = 0;
  if constexpr (events::recording) end_of_main = events::sink::new_object();
  the_scheduler.main_waiter.store(self()->id, std::memory_order_relaxed);
  // The caller is waiting before the main goroutine can end, so the wake-up cannot come too early.
  park(events::wait_reason::run_main, end_of_main,
       [](goroutine* waiter, void* arg) {
         auto* s = static_cast<start_it*>(arg);
         spawn_options o{.name = "main", .stack_size = process_options().main_stack_size};
         goroutine* g = create(nullptr, s->f, o, s->pc);
         g->is_main = true;
         g->joiner = waiter;
         the_scheduler.main_id.store(g->id, std::memory_order_relaxed);
         the_scheduler.latest_main.store(g->id, std::memory_order_relaxed);
         start(nullptr, g, __builtin_frame_address(0));
         return true;
       },
       &what);
  the_scheduler.main_id.store(0, std::memory_order_relaxed);
  the_scheduler.runs.fetch_sub(1);
  events::emit({.what = events::kind::user_after, .g = self()->id, .obj = end_of_main});
}

int end_of_run(int status) noexcept {
  end_perturbing();
  wait_if_ending();
  if constexpr (events::recording) status = events::sink::at_exit(status);
  wait_if_ending();
  return status;
}

bool on_goroutine() noexcept {
  worker* w = this_worker();
  return w && w->current();
}

std::int64_t live_goroutines() noexcept {
  scheduler& s = the_scheduler;
  // Ends first: a goroutine that is spawned and ends in between is then never counted as ended only.
  std::int64_t ended = s.ended.load(), spawned = 0;
  const std::uint32_t n = s.processors_made.load(std::memory_order_acquire);  // [MADE]
  for (std::uint32_t i = 0; i < n; ++i) ended += s.all[i].load(std::memory_order_relaxed)->ended.load();
  spawned = s.spawned.load();
  for (std::uint32_t i = 0; i < n; ++i) spawned += s.all[i].load(std::memory_order_relaxed)->spawned.load();
  return spawned - ended;
}

}  // namespace gosan::rt
