#include "live/stop_threads.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "sched/sched.hpp"

namespace gosan::live {
namespace {

constexpr std::size_t threads_at_most = 4096, registers_each = 34;
// How long a thread may take to come. A look that comes late tells that this thread itself was kept from running, and with it the
// others: it counts as a short one.
constexpr std::int64_t patience_ns = 300'000'000, look_ns = 2'000'000;

// [HALT] halting is raised before the signals are sent; a handler counts itself in with release once its registers are stored, and
// leaves when halting is lowered.
constinit std::atomic<std::uint32_t> halting{0};
constinit std::atomic<std::uint32_t> arrived{0}, left{0};
constinit std::atomic<std::uint32_t> next{0};
std::uintptr_t stored[threads_at_most * registers_each];

// Where the stack pointer lies among the registers of one thread.
#if defined(__x86_64__)
constexpr std::size_t place_of_sp = offsetof(mcontext_t, gregs) / sizeof(std::uintptr_t) + REG_RSP;
#else
constexpr std::size_t place_of_sp = offsetof(mcontext_t, sp) / sizeof(std::uintptr_t);
#endif
static_assert(place_of_sp < registers_each);

void on_stop(int, siginfo_t*, void* context) {
  const int error = errno;
  rt::count_stop();
  if (halting.load(std::memory_order_acquire)) {
    const auto* c = static_cast<const ucontext_t*>(context);
    const std::uint32_t mine = next.fetch_add(1, std::memory_order_relaxed) % threads_at_most;
    std::memcpy(stored + mine * registers_each, &c->uc_mcontext, std::min(sizeof c->uc_mcontext, registers_each * sizeof(std::uintptr_t)));
    arrived.fetch_add(1, std::memory_order_release);
    while (halting.load(std::memory_order_acquire)) syscall(SYS_futex, &halting, FUTEX_WAIT_PRIVATE, 1, nullptr, nullptr, 0);
    left.fetch_add(1, std::memory_order_release);
  }
  errno = error;
}

struct tids {
  svector<int> list;
  bool contains(int t) const {
    for (int x : list)
      if (x == t) return true;
    return false;
  }
};

// The process's threads, from /proc: readdir would allocate.
void list_threads(svector<int>& into) noexcept {
  const int fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  alignas(8) char buffer[8192];
  for (long n; (n = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0;)
    for (long at = 0; at < n;) {
      struct entry {
        std::uint64_t inode;
        std::int64_t offset;
        std::uint16_t length;
        std::uint8_t type;
        char name[1];
      };
      const auto* e = reinterpret_cast<const entry*>(buffer + at);
      if (e->name[0] >= '0' && e->name[0] <= '9') into.push_back(std::atoi(e->name));
      at += e->length;
    }
  close(fd);
}

std::int64_t now_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

void install() noexcept {
  struct sigaction a {};
  a.sa_sigaction = on_stop;
  a.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&a.sa_mask);
  sigaction(stop_signal(), &a, nullptr);
}

// All but those that a fault raises where it happens.
void hold_signals_back(sigset_t& before) noexcept {
  sigset_t all;
  sigfillset(&all);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&all, fault);
  pthread_sigmask(SIG_SETMASK, &all, &before);
}

}  // namespace

int stop_signal() noexcept { return SIGRTMAX - 3; }

stopped_threads::stopped_threads(bool (*at_rest)(int tid)) noexcept {
  hold_signals_back(before_);
  install();
  next.store(0);
  arrived.store(0);
  left.store(0);
  halting.store(1);
  const int me = static_cast<int>(syscall(SYS_gettid));
  tids asked;
  std::int64_t before = now_ns(), waited = 0;
  std::uint32_t sent = 0;
  for (bool fresh = true; fresh;) {  // until a look finds no thread that was not asked: a running one may start others
    fresh = false;
    svector<int> now;
    list_threads(now);
    for (int t : now) {
      if (t == me || asked.contains(t) || at_rest(t)) continue;
      asked.list.push_back(t);
      fresh = true;
      if (!syscall(SYS_tgkill, getpid(), t, stop_signal())) ++sent;
    }
    while (arrived.load(std::memory_order_acquire) < sent && waited < patience_ns) {
      sched_yield();
      const std::int64_t now_is = now_ns();
      waited += std::min(now_is - std::exchange(before, now_is), look_ns);
    }
  }
  all_ = arrived.load(std::memory_order_acquire) == sent && sent <= threads_at_most;
}

stopped_threads::~stopped_threads() {
  halting.store(0, std::memory_order_release);
  syscall(SYS_futex, &halting, FUTEX_WAKE_PRIVATE, 1 << 30, nullptr, nullptr, 0);
  // Those who came must have left before the next stop counts anew.
  while (left.load(std::memory_order_acquire) < arrived.load(std::memory_order_acquire)) sched_yield();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::uintptr_t stopped_threads::stack_pointer_in(std::uintptr_t low, std::uintptr_t high) const noexcept {
  const auto all = registers();
  for (std::size_t at = place_of_sp; at < all.size(); at += registers_each)
    if (low <= all[at] && all[at] < high) return all[at];
  return 0;
}

std::span<const std::uintptr_t> stopped_threads::registers() const noexcept {
  return {stored, std::min<std::size_t>(arrived.load(std::memory_order_relaxed), threads_at_most) * registers_each};
}

}  // namespace gosan::live
