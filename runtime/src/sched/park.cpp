#include <pthread.h>

#include "events/sink.hpp"
#include "sched/die.hpp"
#include "sched/futex.hpp"
#include "sched/interrupts.hpp"
#include "sched/perturb.hpp"
#include "sched/run.hpp"
#include "sched/scheduler.hpp"
#include "switch/sanitizers.hpp"

namespace gosan::rt {
namespace {

__attribute__((tls_model("initial-exec"))) constinit thread_local goroutine* tl_stand_in = nullptr;

void drop_stand_in(void* p) noexcept {
  auto* g = static_cast<goroutine*>(p);
  tl_stand_in = nullptr;
  change_state(g, gstate::running, gstate::free);
  give_goroutines(g, g);
}

// A pthread key instead of a C++ destructor: it runs after those of all thread_locals, which may still use goroutines, and
// setting a low key does not allocate.
pthread_key_t stand_in_key() noexcept {
  static const pthread_key_t key = [] {
    pthread_key_t k{};
    if (pthread_key_create(&k, drop_stand_in) != 0) die("no pthread key left");
    return k;
  }();
  return key;
}

goroutine* make_stand_in(events::actor_id adopted) noexcept {
  goroutine* g = take_goroutines(1);
  g->id = adopted ? adopted : reserve_actor_id();
  g->is_thread = true;
  g->daemon = g->is_main = false;
  g->name = nullptr;
  g->context = nullptr;
  g->stk = {};
  g->creator = 0;
  g->created_at = nullptr;
  g->why = events::wait_reason::none;
  g->books = nullptr;
  change_state(g, gstate::free, gstate::running);
  if (!adopted) events::emit({.what = events::kind::thread_attach, .g = g->id});
  return g;
}

goroutine* attach_thread(events::actor_id adopted) noexcept {
  tl_stand_in = make_stand_in(adopted);
  pthread_setspecific(stand_in_key(), tl_stand_in);
  return tl_stand_in;
}

// The last step of park(), whose frame is left out of the stack.
[[gnu::noinline]] void park_thread(goroutine* g, bool (*commit)(goroutine*, void*), void* arg) noexcept {
  events::emit({.what = events::kind::park, .stack = events::capture_stack(1), .g = g->id, .obj = g->waits_on,
                .a = static_cast<std::uint64_t>(g->why), .b = g->waits_on ? 1u : 0u});
  g->wake_word.store(0, std::memory_order_relaxed);
  change_state(g, gstate::running, gstate::waiting);
  if (commit(g, arg)) {
    // Only now nobody but others can bring it on: the deadlock detector counts it from here.
    std::uint32_t awake = 0;
    if (g->wake_word.compare_exchange_strong(awake, thread_asleep)) look_for_deadlock();
    const bool for_main = g->why == events::wait_reason::run_main;
    // [THREAD-WAKE] acquire meets the release in ready().
    while (g->wake_word.load(std::memory_order_acquire) != thread_woken)
      if (for_main) futex_wait_for_main(&g->wake_word, thread_asleep);
      else futex_wait(&g->wake_word, thread_asleep);
    if (sanitizers::present.any) [[unlikely]] sanitizers::acquire(g);
  } else {
    change_state(g, gstate::waiting, gstate::runnable);
  }
  change_state(g, gstate::runnable, gstate::running);
}

void ready_thread(goroutine* g) noexcept {
  change_state(g, gstate::waiting, gstate::runnable);
  if (sanitizers::present.any) [[unlikely]] sanitizers::release(g);
  g->wake_word.store(thread_woken, std::memory_order_release);  // [THREAD-WAKE]
  futex_wake(&g->wake_word, 1);
}

__attribute__((noinline)) goroutine* stand_in() noexcept {
  if (worker* w = tl_worker) {
    if (!w->stand_in) w->stand_in = make_stand_in(0);
    return w->stand_in;
  }
  goroutine* g = tl_stand_in;
  return g ? g : attach_thread(0);
}

}  // namespace

__attribute__((noinline)) goroutine* self() noexcept {
  if (const worker* w = tl_worker) [[likely]]
    if (goroutine* g = w->current()) [[likely]] return g;
  return stand_in();
}

__attribute__((noinline)) events::actor_id self_id() noexcept {
  if (const worker* w = tl_worker) [[likely]]
    if (const goroutine* g = w->current()) [[likely]] return g->id;
  return stand_in()->id;
}

bool on_worker() noexcept { return this_worker() != nullptr; }

events::actor_id running_id() noexcept {
  const worker* w = this_worker();
  const goroutine* g = w ? w->current() : nullptr;
  return g ? g->id : 0;
}

bool between_goroutines() noexcept {
  const worker* w = this_worker();
  return w && !w->current();
}

events::actor_id reserve_actor_id() noexcept {
  return the_scheduler.next_id.fetch_add(1, std::memory_order_relaxed);  // a number, nothing is published through it
}

void adopt_thread(events::actor_id id) noexcept {
  if (!tl_stand_in) attach_thread(id);
}

events::actor_id main_goroutine() noexcept { return the_scheduler.main_id.load(std::memory_order_relaxed); }
events::actor_id latest_main() noexcept { return the_scheduler.latest_main.load(std::memory_order_relaxed); }
events::actor_id waiter_for_main() noexcept { return the_scheduler.main_waiter.load(std::memory_order_relaxed); }

bool exiting() noexcept { return the_scheduler.stopped.load(std::memory_order_relaxed); }

events::actor_id id_of(const goroutine* g) noexcept { return g->id; }
bool is_thread(const goroutine* g) noexcept { return g->is_thread; }
std::uint32_t& wait_word(goroutine* g) noexcept { return g->wait_word; }

void park(events::wait_reason why, events::object_id on, bool (*commit)(goroutine*, void*), void* arg) noexcept {
  goroutine* g = self();
  // Read by others too, word by word, who may see those of the wait before: reports only. Relaxed for that.
  std::atomic_ref(g->why).store(why, std::memory_order_relaxed);
  std::atomic_ref(g->waits_on).store(on, std::memory_order_relaxed);
  std::atomic_ref(g->waits_since).store(the_scheduler.now_ns.load(std::memory_order_relaxed), std::memory_order_relaxed);
  // The object's lock is still held: commit releases it. The stack of a parked goroutine can be walked while it is parked; a
  // thread's cannot.
  if (g->is_thread) return park_thread(g, commit, arg);
  if constexpr (events::recording) events::sink::emit_park(g, why, on);
  worker* w = this_worker();
  w->enter();
  w->commit = commit;
  w->commit_arg = arg;
  switch_home(w, request::park);
  if (perturbing && why != events::wait_reason::sleep) [[unlikely]] perturb_wake();
}

namespace {

// Its event has been told, or says nothing new.
[[gnu::always_inline]] inline void ready_and_told(goroutine* g) noexcept {
  if (g->is_thread) return ready_thread(g);
  change_state(g, gstate::waiting, gstate::runnable);
  if (sanitizers::present.any) [[unlikely]] sanitizers::release(g);
  section in;
  processor* p = in.proc();
  if (!p) return enqueue(nullptr, g);
  if (perturbed_placing()) return enqueue(p, g);
  // A partner alone in line waits for the caller to park: waking another worker for it would only move it away. [WAKE]
  if (goroutine* displaced = p->push_next(g)) enqueue(p, displaced);
}

[[maybe_unused, gnu::noinline]] void tell_ready(const goroutine* g) noexcept {
  if constexpr (events::recording) events::sink::emit({.what = events::kind::ready, .g = self_id(), .obj = g->id});
}

}  // namespace

void ready(goroutine* g) noexcept {
  // A goroutine's end of waiting is told by its run, too; a thread's only here.
  if constexpr (events::recording)
    if (g->is_thread || events::wants(events::kind::ready)) tell_ready(g);
  ready_and_told(g);
}

void ready_partner(goroutine* g) noexcept {
  if constexpr (events::recording)
    if (g->is_thread) tell_ready(g);
  ready_and_told(g);
}

void yield() noexcept {
  worker* w = this_worker();
  if (!w || !w->current()) return;
  w->enter();
  switch_home(w, request::yield);
}


}  // namespace gosan::rt
