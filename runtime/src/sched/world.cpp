#include "sched/world.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "machine/instructions.hpp"
#include "options/options.hpp"
#include "sched/futex.hpp"
#include "sched/scheduler.hpp"

namespace gosan::rt {
namespace {

constexpr std::int64_t patience_ns = 5000000, give_way_ns = 200000000;
constexpr int stop_signal = SIGURG;  // ignored by default, and seldom used for what it was made for

constinit lock world_mu{lock_rank::world};
struct sigaction user_action;
thread_local constinit std::uint32_t stops __attribute__((tls_model("initial-exec"))) = 0;  // of this thread's handler alone

void hold_here(worker* w, rest how) noexcept {
  do {
    w->resting.store(static_cast<std::uint32_t>(how));
    while (the_scheduler.halt.load() == 1) futex_wait(&the_scheduler.halt, 1);
    w->resting.store(static_cast<std::uint32_t>(rest::none));  // seq_cst, then the look: the next stop may have begun [WORLD]
  } while (the_scheduler.halt.load() == 1);
}

interruption where(const ucontext_t* c) noexcept {
  interruption at;
#if defined(__x86_64__)
  const auto* r = c->uc_mcontext.gregs;
  at.pc = static_cast<std::uintptr_t>(r[REG_RIP]);
  at.stack_pointer = static_cast<std::uintptr_t>(r[REG_RSP]);
  at.frame_pointer = static_cast<std::uintptr_t>(r[REG_RBP]);
  for (int i = 0; i <= REG_RSP; ++i) at.registers[i] = static_cast<std::uintptr_t>(r[i]);
#elif defined(__aarch64__)
  at.pc = c->uc_mcontext.pc;
  at.stack_pointer = c->uc_mcontext.sp;
  at.frame_pointer = c->uc_mcontext.regs[29];
  for (int i = 0; i < 31; ++i) at.registers[i] = c->uc_mcontext.regs[i];
#endif
  return at;
}

void on_stop_signal(int number, siginfo_t* info, void* context) {
  const int saved = errno;
  worker* w = this_worker();
  const bool ours = the_scheduler.halt.load() == 1 && info->si_code == SI_TKILL && w;
  const bool users = !ours && (user_action.sa_flags & SA_SIGINFO || (user_action.sa_handler != SIG_DFL && user_action.sa_handler != SIG_IGN));
  if (!users) count_stop();  // also one that comes too late
  if (ours) {
    if (w->current() && w->in_runtime.load() == 0 && w->stop_guards.load(std::memory_order_relaxed) == 0) {
      w->interrupted_at = where(static_cast<const ucontext_t*>(context));
      hold_here(w, rest::interrupted);
    }
  } else if (users) {
    user_action.sa_flags & SA_SIGINFO ? user_action.sa_sigaction(number, info, context) : user_action.sa_handler(number);
  }
  errno = saved;
}

bool at_rest(worker* w) noexcept {
  if (w == this_worker() || w->resting.load() != static_cast<std::uint32_t>(rest::none)) return true;
  const goroutine* g = w->running.load(std::memory_order_acquire);  // [RUNNING]
  return g && g->in_blocking.load();
}

bool all_at_rest(bool interrupt) noexcept {
  worker* first;
  {
    hold h(the_scheduler.mu);
    first = the_scheduler.workers;
  }
  bool all = the_scheduler.monitor_works.load() == 0;
  for (worker* w = first; w; w = w->all_link) {
    if (at_rest(w)) continue;
    all = false;
    if (interrupt && w->in_runtime.load() == 0)
      syscall(SYS_tgkill, getpid(), w->tid.load(std::memory_order_relaxed), stop_signal);
  }
  return all;
}

}  // namespace

void count_stop() noexcept { ++stops; }
std::uint32_t stops_of_this_thread() noexcept { return *const_cast<volatile std::uint32_t*>(&stops); }

void rest_while_halted(worker* w) noexcept { hold_here(w, rest::halted); }

namespace {

void lift_halt() noexcept {
  the_scheduler.halt.store(0);
  futex_wake(&the_scheduler.halt, INT32_MAX);
}

// False when somebody does not come to rest.
bool try_to_stop() noexcept {
  the_scheduler.halt.store(1);  // seq_cst [WORLD]
  const std::int64_t begun = clock_ns();
  for (int round = 0; !all_at_rest(clock_ns() - begun > patience_ns && round % 16 == 0); ++round) {
    if (round < 100) {
      machine::cpu_relax();
      continue;
    }
    if (clock_ns() - begun > give_way_ns) return false;
    const timespec t{0, 20000};
    nanosleep(&t, nullptr);
  }
  return true;
}

}  // namespace

// The lock is held from here to start_world(). A goroutine may have been interrupted while it held the lock of a channel that the
// monitor, at a timer, waits for: then all go on for a moment, and it is tried again.
void stop_world() noexcept GOSAN_NO_ANALYSIS {
  world_mu.acquire();
  while (!try_to_stop()) {
    lift_halt();
    const timespec t{0, 1000000};
    nanosleep(&t, nullptr);
  }
}

void start_world() noexcept GOSAN_NO_ANALYSIS {
  lift_halt();
  world_mu.release();
}

void begin_stop_guard() noexcept {
  if (worker* w = this_worker()) w->stop_guards.store(w->stop_guards.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void end_stop_guard() noexcept {
  if (worker* w = this_worker()) w->stop_guards.store(w->stop_guards.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}

void install_signal_handlers() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_stop_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGSEGV);
  sigaction(stop_signal, &action, &user_action);
}

}  // namespace gosan::rt
