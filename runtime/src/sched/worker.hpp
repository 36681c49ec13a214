// A worker: an OS thread that runs goroutines while it holds a processor.
//
// Two parties touch what a processor owns: the worker that holds it and, when that one is stuck in user code or in blocking(),
// the monitor, which retakes it. The worker must not pay a fence each time it uses its processor, so the protocol is
// asymmetric [GRIP]:
//   worker, entering the runtime:  in_runtime = 1; (compiler barrier) look at grip; held: the processor is mine until leave()
//   worker, with a new processor:  grip lost -> held; a verdict under way is not overwritten
//   monitor:                       grip held -> retaking; membarrier on all threads; look at in_runtime;
//                                  0: grip = lost, the processor is the monitor's;  1: grip = held again, try later
// Either the worker sees `retaking` (and waits for the verdict), or the monitor sees in_runtime = 1.
#pragma once

#include <signal.h>

#include <atomic>
#include <cstdint>

#include "sched/goroutine.hpp"
#include "sched/processor.hpp"
#include "sched/world.hpp"

namespace gosan::rt {

enum class grip : std::uint32_t { held, retaking, lost };

// What a goroutine asks of its worker when it switches to it.
enum class request : std::uint8_t { none, park, yield, end };

struct alignas(64) worker {
  // Touched by every switch; belong to the thread.
  void* home = nullptr;               // context of the schedule loop
  // Written by the thread alone. [RUNNING] release meets the acquire of the monitor: the block is initialised.
  std::atomic<goroutine*> running{nullptr};
  processor* proc = nullptr;
  eh_state* eh = nullptr;             // __cxa_get_globals() of this thread
  bool (*commit)(goroutine*, void*) = nullptr;
  void* commit_arg = nullptr;
  request asked = request::none;
  bool spinning = false;
  bool adopted = false;               // it has got a processor since a goroutine ran here last
  bool straight = false;              // what it runs next was put in line by what ran here last
  std::atomic<std::uint32_t> in_runtime{1};
  std::atomic<enum grip> hold_on{grip::held};

  // Guarded by the scheduler's lock, or owned by whoever wakes the worker.
  alignas(64) worker* idle_link = nullptr;
  worker* all_link = nullptr;
  processor* given = nullptr;         // handed over by the waker
  std::atomic<std::uint32_t> wake_word{0};
  std::atomic<bool> in_poll{false};   // it sleeps in the poller, not on wake_word
  goroutine* stand_in = nullptr;      // the actor of what runs here without a goroutine (timers)
  std::uint32_t id = 0;
  std::atomic<int> tid{0};
  std::atomic<std::uint32_t> resting{0};      // an enum rest, see world.hpp
  std::atomic<std::uint32_t> stop_guards{0};  // written by the thread alone, read by its signal handler
  std::atomic<bool> waits_for_lock{false};    // written by the thread alone, read by the monitor: see lock_wait
  interruption interrupted_at;
  char* stack_low = nullptr;          // of the thread's own stack, with its thread-local variables at the upper end
  char* stack_high = nullptr;
  void* sanitizer_fiber = nullptr;    // see switch/sanitizers.hpp
  void* fake_stack = nullptr;
  sigset_t signals;                   // its mask at first: see interrupts.hpp

  goroutine* current() const noexcept { return running.load(std::memory_order_relaxed); }
  // Enters the runtime from user code; returns the processor, null when the monitor has taken it.
  processor* enter() noexcept;
  void leave() noexcept { in_runtime.store(0, std::memory_order_release); }  // [GRIP]
  processor* settle() noexcept;
};

// The worker of this thread, null on other threads. Not inlined: see self().
worker* this_worker() noexcept;
// The same for a function that is itself never inlined, reads it once and does not switch: it spares the call.
extern __attribute__((tls_model("initial-exec"))) constinit thread_local worker* tl_worker;

// A use of the runtime's data by whoever runs here: a goroutine, a timer function, or a plain thread.
class section {
 public:
  section() noexcept : w_(this_worker()) {
    if (!w_) return;
    nested_ = w_->in_runtime.load(std::memory_order_relaxed) != 0;
    proc_ = nested_ ? w_->proc : w_->enter();
  }
  ~section() {
    if (w_ && !nested_) w_->leave();
  }
  section(const section&) = delete;
  section& operator=(const section&) = delete;

  worker* w() const noexcept { return w_; }
  processor* proc() const noexcept { return proc_; }

 private:
  worker* w_;
  processor* proc_ = nullptr;
  bool nested_ = false;
};

// The worker's side of taking a processor.
void adopt(worker* w, processor* p) noexcept;
// The monitor's side: takes p away from the worker that holds it, when that one runs user code. On true the caller owns p.
bool retake(processor* p) noexcept;
void register_membarrier() noexcept;

// Switches from the running goroutine to its worker's schedule loop, which carries out `r`. REQUIRES: w->enter() was called.
void switch_home(worker* w, request r) noexcept;

// Starts a worker thread that begins with the processor p.
void start_worker(processor* p, bool spinning) noexcept;

}  // namespace gosan::rt
