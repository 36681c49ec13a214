#include "sched/interrupts.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "sched/futex.hpp"
#include "sched/goroutine.hpp"
#include "sched/scheduler.hpp"
#include "sched/worker.hpp"

namespace gosan::rt {
namespace {

int passed_on() noexcept { return SIGRTMAX - 4; }

// Whether every handler in the process lets the calls that can be go on; which of them has run is not known here.
bool calls_go_on() noexcept {
  for (int s = 1; s < 32; ++s) {
    struct sigaction a {};
    if (s == SIGKILL || s == SIGSTOP || s == SIGSEGV || s == SIGBUS || sigaction(s, nullptr, &a) != 0) continue;
    const bool handled = a.sa_flags & SA_SIGINFO || (a.sa_handler != SIG_DFL && a.sa_handler != SIG_IGN);
    if (handled && !(a.sa_flags & SA_RESTART)) return false;
  }
  return true;
}

int thread_of_main() noexcept {
  const events::actor_id main = the_scheduler.main_id.load(std::memory_order_relaxed);
  hold h(the_scheduler.mu);
  for (worker* w = the_scheduler.workers; w; w = w->all_link)
    if (const goroutine* g = w->running.load(std::memory_order_acquire); g && g->id == main) return w->tid.load(std::memory_order_relaxed);  // [RUNNING]
  return 0;  // it is parked: nothing to interrupt
}

void pass_on() noexcept {
  const int thread = thread_of_main();
  if (!thread) return;
  const int saved = errno;
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  nothing.sa_flags = SA_ONSTACK | (calls_go_on() ? SA_RESTART : 0);
  sigaction(passed_on(), &nothing, nullptr);
  syscall(SYS_tgkill, getpid(), thread, passed_on());
  errno = saved;
}

}  // namespace

void hold_signals_back(sigset_t& before) noexcept {
  sigset_t held;
  sigemptyset(&held);
  for (int s : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGXCPU,
                SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR})
    sigaddset(&held, s);
  pthread_sigmask(SIG_BLOCK, &held, &before);
}

namespace {
std::atomic<pthread_t> monitor{};
sigset_t latest;  // [guarded by the scheduler's lock]
}  // namespace

void hold_back_for_ever(const sigset_t& before) noexcept {
  hold h(the_scheduler.mu);
  latest = before;
  monitor.store(pthread_self(), std::memory_order_relaxed);  // read by the thread itself; others see another than themselves
}

void hold_signals_back_for_worker(sigset_t& before, sigset_t& its) noexcept {
  hold_signals_back(before);
  hold h(the_scheduler.mu);
  if (monitor.load(std::memory_order_relaxed) != pthread_self()) latest = before;
  its = latest;
}

void futex_wait_for_main(const std::atomic<std::uint32_t>* word, std::uint32_t expected) noexcept {
  const std::uint32_t stops = stops_of_this_thread();
  // A stop of the world is no handler of the program's. Should one have run too, the two cannot be told apart.
  if (futex_wait(word, expected, INT64_MAX) && stops_of_this_thread() == stops) pass_on();
}

}  // namespace gosan::rt
