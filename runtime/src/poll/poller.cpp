#include "poll/poller.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <mutex>
#include <system_error>

#include "events/sink.hpp"
#include "sched/scheduler.hpp"

namespace gosan::rt {
namespace {

// A wait; lives on the waiting goroutine's stack.
struct waiter {
  goroutine* g = nullptr;
  bool ready = false;   // by the descriptor, not by the deadline
};

struct descriptor {
  lock mu{lock_rank::descriptor};
  waiter* waiting[2] GOSAN_GUARDED_BY(mu) = {};  // by direction
};

// Descriptors by number, in blocks that are made as numbers appear and never freed.
constexpr std::size_t block_size = 1024, max_blocks = 4096;
struct descriptor_block {
  descriptor at[block_size];
};
constinit std::atomic<descriptor_block*> blocks[max_blocks] = {};

descriptor& descriptor_of(int fd) {
  const auto n = static_cast<std::size_t>(fd);
  if (fd < 0 || n >= block_size * max_blocks) throw std::system_error(EBADF, std::generic_category(), "wait for a descriptor");
  auto& slot = blocks[n / block_size];
  descriptor_block* b = slot.load(std::memory_order_acquire);  // [DESCRIPTOR] meets the exchange below
  if (!b) {
    auto* fresh = new descriptor_block;
    if (slot.compare_exchange_strong(b, fresh, std::memory_order_acq_rel))  // [DESCRIPTOR]
      b = fresh;
    else
      delete fresh;
  }
  return b->at[n % block_size];
}

constinit std::atomic<int> epoll_fd{-1};
constinit int event_fd = -1;
constexpr std::uint64_t wake_up = ~std::uint64_t{0};

void start_poller() {
  static std::once_flag once;
  std::call_once(once, [] {
    const int fd = epoll_create1(EPOLL_CLOEXEC);
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0 || event_fd < 0) {
      std::fprintf(stderr, "gosan: cannot start the network poller: error %d (see ulimit -n)\n", errno);
      _exit(2);
    }
    epoll_event e{.events = EPOLLIN, .data = {.u64 = wake_up}};
    epoll_ctl(fd, EPOLL_CTL_ADD, event_fd, &e);
    epoll_fd.store(fd, std::memory_order_release);  // [POLLER] meets the acquires
  });
}

// Arms the descriptor for all who wait for it. 0, or the error.
int arm(descriptor& d, int fd) noexcept GOSAN_REQUIRES(d.mu) {
  epoll_event e{.events = EPOLLONESHOT, .data = {.u64 = static_cast<std::uint64_t>(fd)}};
  if (d.waiting[0]) e.events |= EPOLLIN | EPOLLRDHUP;
  if (d.waiting[1]) e.events |= EPOLLOUT;
  const int ep = epoll_fd.load(std::memory_order_acquire);  // [POLLER]
  if (epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e) == 0) return 0;
  if (errno == ENOENT && epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0) return 0;
  return errno;
}

struct wait_request {
  descriptor* d;
  int fd;
  direction dir;
  waiter w;
  timer deadline;
  int error = 0;
};

// Runs after the goroutine is off its stack. On an error it goes on at once.
bool commit_wait(goroutine* g, void* p) noexcept {
  auto* r = static_cast<wait_request*>(p);
  r->w.g = g;
  hold h(r->d->mu);
  auto& place = r->d->waiting[static_cast<int>(r->dir)];
  if (place) return r->error = EBUSY, false;
  place = &r->w;
  if ((r->error = arm(*r->d, r->fd))) return place = nullptr, false;
  if (r->deadline.fire) timer_start(&r->deadline);  // under the lock: it cannot fire before the wait has begun
  return true;
}

void on_deadline(timer*, void* p) noexcept {
  auto* r = static_cast<wait_request*>(p);
  goroutine* g = nullptr;
  {
    hold h(r->d->mu);
    auto& place = r->d->waiting[static_cast<int>(r->dir)];
    if (place != &r->w) return;  // the descriptor was faster
    place = nullptr;
    g = r->w.g;
  }
  ready(g);
}

// A thread that is no worker waits in the kernel.
bool wait_on_thread(int fd, direction dir, std::chrono::steady_clock::time_point deadline) {
  using namespace std::chrono;
  pollfd p{.fd = fd, .events = static_cast<short>(dir == direction::read ? POLLIN : POLLOUT), .revents = 0};
  for (;;) {
    int ms = -1;
    if (deadline != steady_clock::time_point::max())
      ms = static_cast<int>(std::max<std::int64_t>(0, ceil<milliseconds>(deadline - steady_clock::now()).count()));
    const int n = poll(&p, 1, ms);
    if (n < 0 && errno == EINTR) continue;
    if (p.revents & POLLNVAL) throw std::system_error(EBADF, std::generic_category(), "wait for a descriptor");
    return n > 0;
  }
}

// Takes a waiter off the descriptor; its goroutine is to be made ready.
goroutine* take(descriptor& d, direction dir) noexcept GOSAN_REQUIRES(d.mu) {
  waiter*& place = d.waiting[static_cast<int>(dir)];
  if (!place) return nullptr;
  place->ready = true;
  goroutine* g = place->g;
  place = nullptr;
  return g;
}

void on_event(const epoll_event& e) noexcept {
  const int fd = static_cast<int>(e.data.u64);
  const auto n = static_cast<std::size_t>(fd);
  descriptor& d = blocks[n / block_size].load(std::memory_order_acquire)->at[n % block_size];  // [DESCRIPTOR]
  constexpr std::uint32_t broken = EPOLLERR | EPOLLHUP;
  goroutine *reader = nullptr, *writer = nullptr;
  {
    hold h(d.mu);
    if (e.events & (EPOLLIN | EPOLLRDHUP | broken)) reader = take(d, direction::read);
    if (e.events & (EPOLLOUT | broken)) writer = take(d, direction::write);
    if (d.waiting[0] || d.waiting[1]) arm(d, fd);
  }
  if (reader) ready(reader);
  if (writer) ready(writer);
}

int wait_for_events(epoll_event* into, int n, std::int64_t until_ns) noexcept {
  const int ep = epoll_fd.load(std::memory_order_acquire);  // [POLLER]
  if (until_ns == 0) return epoll_wait(ep, into, n, 0);
  if (until_ns == INT64_MAX) return epoll_wait(ep, into, n, -1);
  const std::int64_t left = std::max<std::int64_t>(0, until_ns - clock_ns());
#ifdef SYS_epoll_pwait2
  timespec t{left / 1000000000, left % 1000000000};
  const long got = syscall(SYS_epoll_pwait2, ep, into, n, &t, nullptr, 0);
  if (got >= 0 || errno != ENOSYS) return static_cast<int>(got);
#endif
  return epoll_wait(ep, into, n, static_cast<int>((left + 999999) / 1000000));
}

}  // namespace

bool wait_for(int fd, direction dir, std::chrono::steady_clock::time_point deadline) {
  goroutine* g = self();
  events::emit({.what = events::kind::io_wait, .g = g->id, .a = static_cast<std::uint64_t>(fd)});
  if (g->is_thread) return wait_on_thread(fd, dir, deadline);
  start_poller();
  wait_request r{.d = &descriptor_of(fd), .fd = fd, .dir = dir, .w = {}, .deadline = {}};
  if (deadline != std::chrono::steady_clock::time_point::max()) {
    r.deadline.when = deadline;
    r.deadline.fire = on_deadline;
    r.deadline.arg = &r;
  }
  the_scheduler.io_waiters.fetch_add(1);  // seq_cst [KEEPER]
  poke_keeper_to_poll();
  park(events::wait_reason::io_wait, 0, commit_wait, &r);
  the_scheduler.io_waiters.fetch_sub(1);
  if (r.deadline.fire) {
    timer_stop(&r.deadline);
    timer_wait_idle(&r.deadline);
  }
  if (r.error == EPERM) return true;
  if (r.error) throw std::system_error(r.error, std::generic_category(), "wait for a descriptor");
  return r.w.ready;
}

void poll_descriptors(std::int64_t until_ns, worker* at_rest) noexcept {
  epoll_event got[128];
  const int saved = errno;
  const int n = wait_for_events(got, 128, until_ns);
  if (at_rest) {
    at_rest->resting.store(static_cast<std::uint32_t>(rest::none));  // seq_cst, then the look [WORLD]
    if (the_scheduler.halt.load()) rest_while_halted(at_rest);
  }
  for (int i = 0; i < n; ++i) {
    if (got[i].data.u64 != wake_up) {
      on_event(got[i]);
      continue;
    }
    // The interruption is for the one who sleeps here: a passing look must leave it in place.
    if (until_ns == 0) continue;
    std::uint64_t count;
    [[maybe_unused]] const auto read_bytes = read(event_fd, &count, sizeof count);
  }
  errno = saved;
}

void interrupt_poll() noexcept {
  const std::uint64_t one = 1;
  const int saved = errno;
  [[maybe_unused]] const auto written = write(event_fd, &one, sizeof one);
  errno = saved;
}

}  // namespace gosan::rt
