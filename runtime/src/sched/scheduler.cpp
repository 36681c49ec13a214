#include "sched/scheduler.hpp"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "events/sink.hpp"
#include "machine/instructions.hpp"
#include "options/options.hpp"
#include "fatal/fatal.hpp"
#include "fatal/signals.hpp"
#include "poll/poller.hpp"
#include "sched/debug_layout.hpp"
#include "sched/futex.hpp"
#include "switch/sanitizers.hpp"

namespace gosan::rt {

constinit scheduler the_scheduler;

std::int64_t clock_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now().time_since_epoch()).count();
}

void scheduler::push_global(goroutine* g) noexcept {
  hold h(mu);
  global.push(g);
  global_size.store(static_cast<std::uint32_t>(global.size), std::memory_order_relaxed);
}

void scheduler::push_global(goroutine_queue& q) noexcept {
  hold h(mu);
  global.append(q);
  global_size.store(static_cast<std::uint32_t>(global.size), std::memory_order_relaxed);
}

goroutine* scheduler::pop_global(processor* p) noexcept {
  // Relaxed: a push that is missed here is seen by the check under the lock before a worker sleeps. [WAKE]
  if (global_size.load(std::memory_order_relaxed) == 0) return nullptr;
  hold h(mu);
  goroutine* first = global.pop();
  if (!first) return nullptr;
  // A fair share, so that the other processors find something too.
  std::size_t share = std::min<std::size_t>(global.size / processors.load(std::memory_order_relaxed) + 1,
                                            processor::ring_size / 2);
  while (share-- > 1 && global.first && p->size() < processor::ring_size / 2) p->push(global.pop());
  global_size.store(static_cast<std::uint32_t>(global.size), std::memory_order_relaxed);
  return first;
}

void scheduler::take_all(processor* p) noexcept {
  goroutine_queue left;
  p->drain(left);
  global.append(left);
  global_size.store(static_cast<std::uint32_t>(global.size), std::memory_order_relaxed);
}

void scheduler::put_idle(processor* p) noexcept {
  p->holder.store(nullptr, std::memory_order_relaxed);
  p->taken.store(false, std::memory_order_release);  // [RETIRE] meets the acquire in retire(): its queue is empty
  if (p->retired.load(std::memory_order_relaxed)) return;
  p->idle_link = idle_processors;
  idle_processors = p;
  idle_count.fetch_add(1, std::memory_order_seq_cst);  // [WAKE]
}

processor* scheduler::get_idle() noexcept {
  processor* p = idle_processors;
  if (!p) return nullptr;
  idle_processors = p->idle_link;
  p->taken.store(true, std::memory_order_relaxed);
  idle_count.fetch_sub(1, std::memory_order_seq_cst);
  if (monitor_word.load() != 0) wake_monitor();  // [MONITOR] idle_count is written, seq_cst, before the look
  return p;
}

void hand_off(processor* p, bool spinning) noexcept {
  worker* w;
  {
    hold h(the_scheduler.mu);
    w = the_scheduler.idle_workers;
    if (w) {
      the_scheduler.idle_workers = w->idle_link;
      w->given = p;
      w->spinning = spinning;
    }
  }
  if (!w) return start_worker(p, spinning);
  // [HANDOFF] meets the acquire in the worker's sleep loop: `given` is written.
  w->wake_word.store(1);
  rouse(w);
}

void rouse(worker* w) noexcept {
  // [POLL] seq_cst: wake_word is written, then in_poll read; the sleeper writes in_poll, then reads wake_word.
  if (w->in_poll.load())
    interrupt_poll();
  else
    futex_wake(&w->wake_word, 1);
}

void wake_idle_worker() noexcept {
  scheduler& s = the_scheduler;
  std::uint32_t nobody = 0;
  if (s.spinning.load(std::memory_order_relaxed) != 0 || !s.spinning.compare_exchange_strong(nobody, 1)) return;
  processor* p;
  {
    hold h(s.mu);
    p = s.get_idle();
  }
  if (!p) {
    s.spinning.fetch_sub(1);
    return;
  }
  hand_off(p, true);
}

void enqueue(processor* p, goroutine* g) noexcept {
  if (!p) {
    the_scheduler.push_global(g);
  } else if (!p->push(g)) {
    goroutine_queue half;
    p->spill(g, half);
    the_scheduler.push_global(half);
  }
  machine::full_fence();  // [WAKE]
  wake_one_worker();
}

namespace {

std::uint32_t granted_processors() noexcept {
  if (const auto wished = process_options().gomaxprocs)
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(wished, max_processors));
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
  return 1;
}

processor* make_processor(std::uint32_t id) noexcept {
  auto* p = new processor;  // never freed
  p->id = id;
  p->random = 0x9E3779B97F4A7C15ULL * (id + 1);
  return p;
}

void start() noexcept {
  scheduler& s = the_scheduler;
  const std::uint32_t n = granted_processors();
  register_membarrier();
  fill_debug_layout();
  sanitizers::look_up();
  if (sanitizers::present.thread) s.own_threads.fetch_add(1);  // it keeps a thread of its own
  if constexpr (events::recording) events::sink::at_start();
  s.now_ns.store(clock_ns(), std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < n; ++i) s.all[i].store(make_processor(i), std::memory_order_relaxed);
  s.processors.store(n, std::memory_order_relaxed);
  s.processors_made.store(n, std::memory_order_release);  // [MADE]
  hold h(s.mu);
  for (std::uint32_t i = n; i-- > 0;) s.put_idle(s.all[i].load(std::memory_order_relaxed));
}

// Takes p out of service: idle, or held by another worker, which goes on without it.
void retire(processor* p) noexcept {
  scheduler& s = the_scheduler;
  p->retired.store(true);
  {
    hold h(s.mu);
    for (processor** at = &s.idle_processors; *at; at = &(*at)->idle_link) {
      if (*at != p) continue;
      *at = p->idle_link;
      s.idle_count.fetch_sub(1);
      return;
    }
  }
  // Its worker gives it up when it next comes to schedule, or loses it while it runs user code.
  while (p->taken.load(std::memory_order_acquire)) {  // [RETIRE]
    if (retake(p)) {
      hold h(s.mu);
      s.take_all(p);
      s.put_idle(p);
      return;
    }
    sched_yield();
  }
}

void put_in_service(std::uint32_t i) noexcept {
  scheduler& s = the_scheduler;
  processor* p = s.all[i].load(std::memory_order_relaxed);
  if (!p) {
    s.all[i].store(p = make_processor(i), std::memory_order_relaxed);
    s.processors_made.store(i + 1, std::memory_order_release);  // [MADE]
  }
  p->retired.store(false);
  hold h(s.mu);
  s.put_idle(p);
}

constinit lock resize_mu{lock_rank::resize};

}  // namespace

std::uint32_t set_processors(std::uint32_t n) noexcept {
  scheduler& s = the_scheduler;
  n = std::clamp<std::uint32_t>(n, 1, max_processors);
  section in;
  hold only(resize_mu);
  const std::uint32_t before = s.processors.load();
  std::uint32_t now = before;
  const std::uint32_t made = s.processors_made.load();
  for (std::uint32_t i = made; i-- > 0 && now > n;) {
    processor* p = s.all[i].load();
    if (p == in.proc() || p->retired.load()) continue;
    s.processors.store(--now);
    retire(p);
  }
  for (std::uint32_t i = 0; i < max_processors && now < n; ++i) {
    if (i < made && !s.all[i].load()->retired.load()) continue;
    put_in_service(i);
    s.processors.store(++now);
  }
  machine::full_fence();  // [WAKE]
  if (s.global_size.load() != 0 || n > before) wake_one_worker();
  return before;
}

void ensure_started() noexcept {
  static std::once_flag once;
  if (the_scheduler.processors_made.load(std::memory_order_acquire) != 0) [[likely]] return;  // [MADE]
  std::call_once(once, [] {
    start();
    start_monitor();
    install_terminate_handler();
    install_fault_handlers();
    install_signal_handlers();
    std::atexit(stop_scheduling);
  });
}

void stop_scheduling() noexcept {
  if (the_scheduler.stopped.exchange(true)) return;
  visit_goroutines(
      [](goroutine* g, void*) {
        // [GSTATE] a goroutine that waits now waits for ever: what its stack points to is no leak.
        if (g->state.load(std::memory_order_acquire) != gstate::waiting || !g->context) return;
        sanitizers::leak_roots(g->context, static_cast<std::size_t>(g->stk.high - static_cast<char*>(g->context)));
      },
      nullptr);
}

}  // namespace gosan::rt
