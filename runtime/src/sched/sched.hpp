// What the primitives (channels, locks, timers, contexts) may ask of the scheduler. Nothing else of it is visible to them.
//
// Ground rules for code on this side of the seam:
//   * no locks of the runtime are held across park(), except the one that park's `commit` releases;
//   * anything that depends on the thread (thread_local, errno's address) is fetched again after park();
//   * an OS thread that is no worker may use every primitive: self() gives it a stand-in, park() blocks the thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "events/event.hpp"

namespace gosan::rt {

struct goroutine;  // sched/goroutine.hpp; type-stable memory: a stale pointer never points to anything else

using clock = std::chrono::steady_clock;

// The running goroutine, or the stand-in of this OS thread. Never null. Not inlined on purpose: a compiler may keep the
// address of a thread_local across a switch to another thread.
goroutine* self() noexcept;
events::actor_id self_id() noexcept;  // id_of(self()), in one call
events::actor_id id_of(const goroutine* g) noexcept;
// An actor id for an OS thread that does not run yet, and that thread's taking it, the first thing it does: its stand-in then has
// this id and no thread_attach is emitted for it.
events::actor_id reserve_actor_id() noexcept;
void adopt_thread(events::actor_id id) noexcept;
bool is_thread(const goroutine* g) noexcept;  // a stand-in of an OS thread
bool on_worker() noexcept;           // the calling thread is a worker, whatever it runs
events::actor_id running_id() noexcept;  // of the goroutine that runs on the calling worker; 0: none
// The calling thread is a worker that runs no goroutine just now: of the program's code, only a signal's handler can be here.
bool between_goroutines() noexcept;

// While one lives, the calling OS thread belongs to the runtime or the tool, not to the program: it does not count as somebody who may
// still wake a goroutine, and what it leaves on its stack is nothing the program knows. Made and destroyed by that thread itself, in
// the function that does all of its work: one that is counted while it is not there would hide another.
class tools_thread {
 public:
  explicit tools_thread(const void* frame = __builtin_frame_address(0)) noexcept;
  ~tools_thread();
  tools_thread(const tools_thread&) = delete;
  tools_thread& operator=(const tools_thread&) = delete;

  // Calls f(low, high) for the part of each such thread's stack below that function's frame; what lies above it are, among others, the
  // thread-local variables of the program. REQUIRES: the world is stopped. Only where events are recorded: else for none.
  template <typename F>
  static void for_each_stack(F&& f) {
    for (const tools_thread* t = first(); t; t = t->next_)
      if (t->low_) f(t->low_, t->high_);
  }

 private:
  static const tools_thread* first() noexcept;
  std::uintptr_t low_ = 0, high_ = 0;
  tools_thread* next_ = nullptr;
};

// The main goroutine; 0 when none runs.
events::actor_id main_goroutine() noexcept;
// The same, also when it has ended.
events::actor_id latest_main() noexcept;
// The thread that waits for it. Of the program's code, only a signal's handler runs there meanwhile.
events::actor_id waiter_for_main() noexcept;
// Whether a thread that is neither the runtime's nor the tool's, nor asleep in one of our operations, may still do something; `but` of them
// are known never to.
bool foreign_thread_may_act(std::int64_t but = 0) noexcept;
// Ends the program as all asleep, whatever timers are armed: the caller has proven that no goroutine can ever run again.
void end_as_asleep_but_for_timers() noexcept;

// Ends the program as all asleep when nothing can happen any more, the caller knowing that so many workers and so many other threads
// wait for a lock for ever. For who watches from outside; a thread that is excluded.
void look_for_deadlock_but(std::uint32_t workers, std::uint32_t threads) noexcept;

// The program is ending: main has returned or exit() was called, and no goroutine is scheduled any more.
bool exiting() noexcept;

// Ends the program with "fatal error: <what>", the running goroutine's stack and exit status 2, in Go's form.
[[noreturn]] void fatal(const char* what) noexcept;

// A word of the goroutine for the wait protocol of the object it waits in (select: who won the race to wake it).
std::uint32_t& wait_word(goroutine* g) noexcept;

// Parks the caller. After it is off its stack, `commit(self, arg)` runs on the worker's stack: it typically releases the lock
// of the wait queue the caller has put itself in. When commit returns false the caller goes on at once.
// Returns when somebody called ready() for it. Blocks; callable from goroutines and OS threads; throws nothing.
void park(events::wait_reason why, events::object_id on, bool (*commit)(goroutine*, void*), void* arg) noexcept;

// The stack of a goroutine that park() has committed, interned; 0 for a thread. REQUIRES: nobody can make it ready meanwhile.
events::stack_id stack_of_parked(const goroutine* g) noexcept;

// Makes a goroutine that park() has committed runnable, exactly once per park. Any thread, any lock of a primitive may be held.
// The woken goroutine is placed next in line on the caller's processor.
void ready(goroutine* g) noexcept;

// Gives up the processor; the caller goes to the end of the queue.
void yield() noexcept;

// Starts a goroutine from a relocatable closure: `invoke(p)` runs and destroys the closure at p.
struct closure {
  void* object;                        // moved into the goroutine by `relocate`
  std::size_t size, align;
  void (*relocate)(void* to, void* from) noexcept;
  void (*invoke)(void* p);             // runs it, then destroys it, also when it throws
};
struct spawn_options {
  const char* name = nullptr;          // copied
  std::size_t stack_size = 0;          // bytes of reserved address space; 0 = the option stack_size
  bool daemon = false;
};
events::actor_id spawn(const closure& f, const spawn_options& o, void* creation_pc);

// Timers. The memory belongs to the caller and must stay until timer_stop returned or `fire` began.
// `fire` runs on a worker's stack, without a goroutine: it may ready() goroutines, spawn(), and use non-blocking operations;
// it must not block. The next due time of a periodic timer is computed from the due time, not from now, as in Go.
struct timer {
  clock::time_point when{};
  clock::duration period{};            // 0 = once
  void (*fire)(timer*, void* arg) noexcept = nullptr;
  void* arg = nullptr;
  std::uint64_t seq = 0;               // the scheduler's
  std::int32_t heap_index = -1;        // the scheduler's; -1 = not armed
  bool only_sends = false;             // `fire` sends on a channel and does nothing else
};
void timer_start(timer* t) noexcept;                 // REQUIRES: not armed
bool timer_stop(timer* t) noexcept;                  // true when it was armed; on false `fire` has begun or it never was armed
bool timer_reset(timer* t, clock::time_point when, clock::duration period) noexcept;  // stop + start; true as timer_stop
// Waits until a `fire` of t that has begun has ended. For owners that free the timer's memory.
void timer_wait_idle(timer* t) noexcept;

// In between, stopping the world does not interrupt this worker: for a lock outside the scheduler (a sink's) that the one who
// stops the world, or those who are to stop, may need. Short, nests, never across park().
void begin_stop_guard() noexcept;
void end_stop_guard() noexcept;

// In between, the worker waits for a lock of the runtime's whose holder runs. Its processor is not given to another worker, which would
// soon wait for the same lock, and then the next one: thousands of threads would keep the holder from running. Never across park().
class lock_wait {
 public:
  lock_wait() noexcept { set(true); }
  ~lock_wait() { set(false); }
  lock_wait(const lock_wait&) = delete;
  lock_wait& operator=(const lock_wait&) = delete;

 private:
  static void set(bool waits) noexcept;
};

// How often the calling thread was interrupted to stop the world. A tool that does so by a signal of
// its own counts it here; allowed in a signal handler.
std::uint32_t stops_of_this_thread() noexcept;
void count_stop() noexcept;

// A decision point of the scheduler: under the option `perturb` (and later a controlled scheduler) it may yield here or pick
// another of `n` ready alternatives. `choose` returns a number below n; fair pseudo-random when not controlled.
// `perturbing` is set before main by the option and lets a hot path skip the call.
extern const bool perturbing;
void preempt_point() noexcept;
std::uint32_t choose(std::uint32_t n) noexcept;

}  // namespace gosan::rt
