#include "sched/worker.hpp"

#include <cxxabi.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>

#include "events/sink.hpp"
#include "fatal/signals.hpp"
#include "machine/instructions.hpp"
#include "sched/die.hpp"
#include "poll/poller.hpp"
#include "sched/futex.hpp"
#include "sched/interrupts.hpp"
#include "sched/perturb.hpp"
#include "sched/run.hpp"
#include "sched/scheduler.hpp"
#include "switch/sanitizers.hpp"
#include "switch/switch.hpp"

namespace gosan::rt {

__attribute__((tls_model("initial-exec"))) constinit thread_local worker* tl_worker = nullptr;

namespace {

// A sanitizer or an old kernel does not know the asymmetric barrier: then the worker pays for a real one. [GRIP]
#if defined(__SANITIZE_THREAD__)
constinit std::atomic<bool> real_fences{true};
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constinit std::atomic<bool> real_fences{true};
#else
constinit std::atomic<bool> real_fences{false};
#endif
#else
constinit std::atomic<bool> real_fences{false};
#endif

constexpr std::uint32_t look_around_every = 64;  // schedules between looks at timers and the global queue

// At most one spins: whoever else finds nothing sleeps, and leaves what comes up to the one [WAKE].
bool start_spinning(worker* w) noexcept {
  std::uint32_t nobody = 0;
  w->spinning = the_scheduler.spinning.load(std::memory_order_relaxed) == 0 && the_scheduler.spinning.compare_exchange_strong(nobody, 1);
  return w->spinning;
}

void stop_spinning(worker* w) noexcept {
  if (!w->spinning) return;
  w->spinning = false;
  // It found work, so there may be more: the next one spins in its place.
  if (the_scheduler.spinning.fetch_sub(1) == 1) wake_one_worker();
}

// Looks at the queues of all other processors, from a random one on.
goroutine* steal(processor* p) noexcept {
  const std::uint32_t n = the_scheduler.processors_made.load(std::memory_order_acquire);  // [MADE]
  const std::uint32_t from = p->draw(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    processor* victim = the_scheduler.all[(from + i) % n].load(std::memory_order_relaxed);
    if (victim == p) continue;
    if (goroutine* g = victim->steal_into(*p)) return g;
    if (goroutine* g = victim->steal_stale_next()) return g;
  }
  return nullptr;
}

bool any_queue_filled() noexcept {
  const std::uint32_t n = the_scheduler.processors_made.load(std::memory_order_acquire);  // [MADE]
  for (std::uint32_t i = 0; i < n; ++i)
    if (the_scheduler.all[i].load(std::memory_order_relaxed)->size() != 0) return true;
  return the_scheduler.global_size.load(std::memory_order_relaxed) != 0;
}

// Work that the processor can have without sleeping; null when there is none.
goroutine* find_work(worker* w) noexcept {
  processor* p = w->proc;
  scheduler& s = the_scheduler;
  const std::uint32_t tick = p->tick.load(std::memory_order_relaxed) + 1;
  p->tick.store(tick, std::memory_order_relaxed);
  w->straight = false;
  if (tick % look_around_every == 0) [[unlikely]] {
    if (next_timer_ns() != INT64_MAX) run_due_timers(clock_ns());
    if (s.io_waiters.load(std::memory_order_relaxed)) poll_descriptors(0);
    if (goroutine* g = s.pop_global(p)) return g;
  }
  if (goroutine* g = p->pop_next()) return w->straight = !w->adopted, g;
  if (goroutine* g = p->pop()) return g;
  if (goroutine* g = s.pop_global(p)) return g;
  if (next_timer_ns() != INT64_MAX && run_due_timers(clock_ns()))
    if (goroutine* g = p->pop()) return g;
  if (s.io_waiters.load(std::memory_order_relaxed)) {
    poll_descriptors(0);
    if (goroutine* g = p->pop()) return g;
  }
  if (!w->spinning && !start_spinning(w)) return nullptr;
  for (int round = 0; round < 4; ++round) {
    if (goroutine* g = steal(p)) return g;
    machine::cpu_relax();
  }
  return nullptr;
}

// Gives the processor up. Returns false when work turned up in the meantime, and the worker holds a processor again.
bool release_processor(worker* w) noexcept {
  scheduler& s = the_scheduler;
  {
    hold h(s.mu);
    if (w->proc) {
      const bool retired = w->proc->retired.load(std::memory_order_relaxed);
      if (s.global.first && !retired) return false;
      if (retired) s.take_all(w->proc);
      s.put_idle(w->proc);
      w->proc = nullptr;
    } else if (processor* p = s.get_idle()) {
      adopt(w, p);  // the monitor has given its processor to another worker; there is a free one
      return false;
    }
    w->given = nullptr;
    w->wake_word.store(0, std::memory_order_relaxed);
    if (!w->spinning) {
      w->idle_link = s.idle_workers;
      s.idle_workers = w;
      return true;
    }
  }
  w->spinning = false;
  s.spinning.fetch_sub(1);  // seq_cst [WAKE]
  hold h(s.mu);
  if (any_queue_filled() || next_timer_ns() <= s.now_ns.load(std::memory_order_relaxed)) {
    if (processor* p = s.get_idle()) {
      adopt(w, p);
      start_spinning(w);
      return false;
    }
  }
  w->idle_link = s.idle_workers;
  s.idle_workers = w;
  return true;
}

// Takes the worker off the idle list with a processor, when its time-out came before anybody woke it.
bool wake_myself(worker* w) noexcept {
  scheduler& s = the_scheduler;
  hold h(s.mu);
  for (worker** at = &s.idle_workers; *at; at = &(*at)->idle_link) {
    if (*at != w) continue;
    processor* p = s.get_idle();
    if (!p) return false;
    *at = w->idle_link;
    w->given = p;
    return true;
  }
  return false;  // somebody is just handing over
}

void sleep_in_poll(worker* w, std::int64_t until) noexcept {
  w->in_poll.store(true);
  // [POLL] seq_cst: in_poll is written, then wake_word read; who wakes does it the other way round.
  if (w->wake_word.load() == 0) {
    poll_descriptors(until ? until : INT64_MAX, w);
  }
  w->in_poll.store(false);
}

// Sleeps on the idle list until a processor is handed over. One sleeper, the keeper, also wakes for the next timer.
void sleep_until_given(worker* w) noexcept {
  scheduler& s = the_scheduler;
  for (;;) {
    w->resting.store(static_cast<std::uint32_t>(rest::asleep));
    std::uint32_t word = w->wake_word.load(std::memory_order_acquire);  // [HANDOFF]
    if (word == 1) break;
    if (word == 2) w->wake_word.compare_exchange_strong(word, 0);
    worker* nobody = nullptr;
    const bool keeper = s.keeper.load() == w || s.keeper.compare_exchange_strong(nobody, w);
    std::int64_t until = 0;
    if (keeper) {
      s.keeper_until.store(INT64_MAX);
      // [KEEPER] seq_cst store above, then load of the next timer; who arms one stores it, then loads keeper_until.
      const std::int64_t due = next_timer_ns();
      s.keeper_until.store(due);
      if (next_timer_ns() < due) continue;
      if (due <= clock_ns() && wake_myself(w)) break;
      until = due == INT64_MAX ? 0 : due;
      if (until && until <= clock_ns()) until = clock_ns() + 1000000;  // all processors are busy: they will see to it
    }
    if (keeper && s.io_waiters.load() != 0)
      sleep_in_poll(w, until);
    else
      futex_wait(&w->wake_word, 0, until);
  }
  if (s.keeper.load() == w) {
    s.keeper_until.store(INT64_MAX);
    s.keeper.store(nullptr);
  }
  s.now_ns.store(clock_ns(), std::memory_order_relaxed);
  adopt(w, w->given);
  w->resting.store(static_cast<std::uint32_t>(rest::none));  // seq_cst, then next_goroutine() looks at halt [WORLD]
}

void stop_for_ever(worker* w) noexcept {
  w->resting.store(static_cast<std::uint32_t>(rest::halted));
  for (;;) pause();
}

// Under force_migrate: a goroutine that stopped here goes on elsewhere, so another worker gets the processor with it.
bool pass_on(worker* w, goroutine* g) noexcept {
  const auto me = static_cast<std::uint16_t>(w->id + 1);
  if (g->last_worker != me) return g->last_worker = me, false;
  processor* p = w->proc;
  if (goroutine* displaced = p->push_next(g)) enqueue(p, displaced);
  w->proc = nullptr;
  // Before somebody else can have it: while it is on its way, the monitor must not retake it from here for what this worker
  // does with its next processor. Two workers would hold one processor then.
  p->holder.store(nullptr, std::memory_order_relaxed);
  hand_off(p, false);
  return true;
}

goroutine* next_goroutine(worker* w) noexcept {
  for (;;) {
    if (the_scheduler.stopped.load(std::memory_order_relaxed)) [[unlikely]] stop_for_ever(w);
    if (the_scheduler.halt.load()) [[unlikely]] rest_while_halted(w);
    if (w->proc && !w->proc->retired.load(std::memory_order_relaxed)) [[likely]]
      if (goroutine* g = find_work(w)) {
        if (w->spinning) stop_spinning(w);
        if (force_migrate() && pass_on(w, g)) [[unlikely]] continue;
        return g;
      }
    if (release_processor(w)) {
      look_for_deadlock();
      sleep_until_given(w);
    }
  }
}

// The events of every switch are not put together in their callers, which have other use for their registers.
[[gnu::noinline]] void tell_run(const worker* w, const goroutine* g) noexcept {
  events::emit({.what = events::kind::run, .flags = w->straight ? events::flag_straight : std::uint16_t{0}, .g = g->id,
                .a = w->proc ? w->proc->id : 0});
}
[[gnu::noinline]] void tell_stop(const goroutine* g) noexcept { events::emit({.what = events::kind::stop, .g = g->id}); }

// Runs g until it switches home.
void execute(worker* w, goroutine* g) noexcept {
  if (!g->context) bind_stack(w->proc, g);
  change_state(g, gstate::runnable, gstate::running);
  if (events::wants(events::kind::run)) tell_run(w, g);
  w->straight = w->adopted = false;
  w->running.store(g, std::memory_order_release);  // [RUNNING]
  *w->eh = g->eh;
  if (sanitizers::present.any) [[unlikely]] sanitizers::acquire(g);
  w->leave();
  if (sanitizers::present.any) [[unlikely]]
    sanitizers::before_switch(&w->fake_stack, g->stk.low, g->stk.high, g->sanitizer_stack);
  gosan_switch(&w->home, g->context, w);
  if (sanitizers::present.any) [[unlikely]] sanitizers::after_switch(w->fake_stack);
  w->running.store(nullptr, std::memory_order_relaxed);
}

// Does what g asked for when it switched home. Returns g when it goes on at once.
goroutine* serve(worker* w, goroutine* g) noexcept {
  if (canaries_in_use() && stack_overflowed(g->stk, g->context)) [[unlikely]] end_after_overflow(g);
  switch (w->asked) {
    case request::park:
      change_state(g, gstate::running, gstate::waiting);
      if (w->commit(g, w->commit_arg)) return nullptr;
      change_state(g, gstate::waiting, gstate::runnable);
      return g;
    case request::yield:
      change_state(g, gstate::running, gstate::runnable);
      enqueue(w->proc, g);
      return nullptr;
    case request::end:
      end_goroutine(w->proc, g);
      return nullptr;
    case request::none: break;
  }
  die("a goroutine came home without a request");
}

void schedule_for_ever(worker* w) noexcept {
  for (;;) {
    goroutine* g = next_goroutine(w);
    do {
      execute(w, g);
      g = serve(w, g);
    } while (g);
  }
}

void find_stack(worker* w) noexcept {
  pthread_attr_t attr;
  void* low = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
  pthread_attr_getstack(&attr, &low, &size);
  pthread_attr_destroy(&attr);
  w->stack_low = static_cast<char*>(low);
  w->stack_high = w->stack_low + size;
}

void* worker_main(void* arg) {
  auto* w = static_cast<worker*>(arg);
  tl_worker = w;
  pthread_sigmask(SIG_SETMASK, &w->signals, nullptr);  // from here on a handler is one that has interrupted a worker
  w->eh = reinterpret_cast<eh_state*>(abi::__cxa_get_globals());
  w->tid = static_cast<int>(syscall(SYS_gettid));
  char name[16];
  std::snprintf(name, sizeof name, "gosan-%u", w->id);
  pthread_setname_np(pthread_self(), name);
  const tools_thread mine;
  find_stack(w);
  give_thread_alternate_stack();
  w->sanitizer_fiber = sanitizers::current_fiber();
  adopt(w, w->given);
  schedule_for_ever(w);
  return nullptr;
}

}  // namespace

__attribute__((noinline)) worker* this_worker() noexcept {
  worker* w = tl_worker;
  asm volatile("" : "+r"(w));  // not a pure function: a switch lies between two calls
  return w;
}

processor* worker::enter() noexcept {
  if (real_fences.load(std::memory_order_relaxed)) [[unlikely]] {
    in_runtime.exchange(1, std::memory_order_seq_cst);
    machine::full_fence();
  } else {
    in_runtime.store(1, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // [GRIP] the monitor's membarrier makes it a fence
  }
  if (hold_on.load(std::memory_order_acquire) != grip::held) [[unlikely]] return settle();  // [GRIP]
  return proc;
}

void register_membarrier() noexcept {
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0) real_fences.store(true);
}

void adopt(worker* w, processor* p) noexcept {
  w->proc = p;
  w->adopted = true;
  p->holder.store(w, std::memory_order_release);  // [HOLDER]
  // [GRIP] only the worker itself leaves `lost`; `retaking` is the monitor's to end.
  if (w->hold_on.load(std::memory_order_relaxed) == grip::lost) w->hold_on.store(grip::held, std::memory_order_release);
}

void lock_wait::set(bool waits) noexcept {
  if (worker* w = this_worker()) w->waits_for_lock.store(waits, std::memory_order_relaxed);
}

bool retake(processor* p) noexcept {
  worker* w = p->holder.load(std::memory_order_acquire);  // [HOLDER]
  grip expected = grip::held;
  if (!w || !w->hold_on.compare_exchange_strong(expected, grip::retaking)) return false;
  if (!real_fences.load(std::memory_order_relaxed))
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  // [GRIP] acquire meets leave(): what the worker did to the processor is visible.
  const bool mine = w->in_runtime.load(std::memory_order_seq_cst) == 0 && p->holder.load(std::memory_order_acquire) == w;
  if (mine) p->holder.store(nullptr, std::memory_order_relaxed);
  w->hold_on.store(mine ? grip::lost : grip::held, std::memory_order_release);  // [GRIP]
  return mine;
}

processor* worker::settle() noexcept {
  while (hold_on.load(std::memory_order_acquire) == grip::retaking) machine::cpu_relax();  // [GRIP] a few instructions
  if (hold_on.load(std::memory_order_acquire) == grip::lost) proc = nullptr;  // [GRIP]
  return proc;
}

bool all_workers_asleep(std::uint32_t stuck) noexcept {
  scheduler& s = the_scheduler;
  hold h(s.mu);
  std::uint32_t asleep = 0;
  for (const worker* w = s.idle_workers; w; w = w->idle_link) ++asleep;
  return asleep + stuck == s.worker_count && !s.global.first && s.spinning.load() == 0 && !any_queue_filled();
}

void switch_home(worker* w, request r) noexcept {
  goroutine* g = w->current();
  w->asked = r;
  g->eh = *w->eh;
  *w->eh = {};
  // That a goroutine stops which parks or ends, its park or end has said to all but the race detector.
  if (r == request::yield ? events::wants(events::kind::stop) : races_are_watched()) tell_stop(g);
  if (sanitizers::present.any) [[unlikely]] {
    sanitizers::before_switch(r == request::end ? nullptr : &g->sanitizer_stack, w->stack_low, w->stack_high, w->sanitizer_fiber);
    gosan_switch(&g->context, w->home, nullptr);
    sanitizers::after_switch(g->sanitizer_stack);
    return;
  }
  gosan_switch(&g->context, w->home, nullptr);
}

void start_worker(processor* p, bool spinning) noexcept {
  auto* w = new worker;  // never freed
  w->given = p;
  w->spinning = spinning;
  {
    hold h(the_scheduler.mu);
    w->id = the_scheduler.worker_count++;
    w->all_link = the_scheduler.workers;
    the_scheduler.workers = w;
  }
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attr, 256 * 1024);
  pthread_t thread;
  const events::ignore_scope not_the_programs;
  sigset_t before;
  hold_signals_back_for_worker(before, w->signals);
  const int error = pthread_create(&thread, &attr, worker_main, w);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error) {
    std::fprintf(stderr, "gosan: cannot start a worker thread: error %d (see ulimit -u and -v)\n", error);
    _exit(2);
  }
  pthread_attr_destroy(&attr);
}

}  // namespace gosan::rt
