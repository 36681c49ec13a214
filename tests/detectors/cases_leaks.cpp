#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "cases.hpp"
#include "gosan/gosan.hpp"
#include "gosan/verify.hpp"

using namespace gosan;

GOSAN_CASE(leak_blocked_sends) {
  auto c = make_chan<int>();
  for (int i = 0; i < 3; ++i) go(go_options{.name = "sender"}, [c, i]() mutable { c.send(i); });
  c.recv();
}

GOSAN_CASE(leak_none) {
  auto c = make_chan<int>();
  for (int i = 0; i < 3; ++i) go([c, i]() mutable { c.send(i); });
  for (int i = 0; i < 3; ++i) c.recv();
}

// Nobody is left to wake it but a timer.
GOSAN_CASE(leak_none_after_a_timer) {
  go([] { select(recv_case(after(std::chrono::milliseconds(20)))); });
  yield();
}

GOSAN_CASE(leak_until_a_far_timer) {
  go([] { select(recv_case(after(std::chrono::hours(1)))); });
  yield();
}

GOSAN_CASE(leak_daemon) {
  auto c = make_chan<int>();
  go_daemon("background", [c]() mutable { c.recv(); });
}

namespace {
std::vector<chan<int>>* kept_channels;

[[gnu::noinline]] void abandon_one_between_two_kept() {
  kept_channels->push_back(make_chan<int>());
  auto lost = make_chan<int>();
  kept_channels->push_back(make_chan<int>());
  go([lost]() mutable { lost.recv(); });
}
}  // namespace

// That channels are made one after the other, and lie side by side, makes none known to whoever has the one before.
GOSAN_CASE(leaks_beside_kept_channels) {
  kept_channels = new std::vector<chan<int>>;
  for (int i = 0; i < 20; ++i) abandon_one_between_two_kept();
  yield();
}

GOSAN_CASE(leak_select) {
  auto a = make_chan<int>();
  auto b = make_chan<int>(1);
  go([a, b]() mutable { select(recv_case(a), recv_case(b)); });
  yield();
}

GOSAN_CASE(all_asleep) {
  auto c = make_chan<int>();
  go([c]() mutable { c.send(1); c.send(2); });
  c.recv();
  wait_group wg;
  wg.add(1);
  wg.wait();
}

namespace {
chan<int> global;
void abandon(bool keep) {
  auto c = make_chan<int>();
  if (keep) global = c;
  go([c]() mutable { c.recv(); });
}
}  // namespace

GOSAN_CASE(leak_proven) {
  abandon(false);
  for (int i = 0; i < 3; ++i) yield();
}

GOSAN_CASE(leak_of_a_global_channel) {
  abandon(true);
  for (int i = 0; i < 3; ++i) yield();
}

namespace {
// The only handle of a channel somebody waits for lies in an arena of the program's own.
[[gnu::noinline]] void abandon_in_arena(int flags, bool keep) {
  constexpr std::size_t bytes = std::size_t{64} << 20;
  void* arena = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
  if (arena == MAP_FAILED) std::_Exit(7);
  auto* handle = new (static_cast<char*>(arena) + bytes / 2) chan<int>(make_chan<int>());
  go([c = *handle]() mutable { c.recv(); });
  for (int i = 0; i < 3; ++i) yield();
  if (!keep) *handle = chan<int>{};
}
}  // namespace

GOSAN_CASE(leak_of_a_channel_in_an_arena) { abandon_in_arena(MAP_PRIVATE | MAP_NORESERVE, true); }
GOSAN_CASE(leak_out_of_an_arena) { abandon_in_arena(MAP_PRIVATE | MAP_NORESERVE, false); }
GOSAN_CASE(leak_of_a_channel_in_shared_memory) { abandon_in_arena(MAP_SHARED, true); }

// What instrumented code calls in place of epoll_ctl.
extern "C" int __gosan_epoll_ctl(int poller, int what, int fd, epoll_event* e);

namespace {
// The only handle is known to the kernel, which gives its address back when the descriptor is ready.
[[gnu::noinline]] void abandon_to_the_kernel(bool keep) {
  const int poller = epoll_create1(0), fd = eventfd(0, 0);
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.ptr = new chan<int>(make_chan<int>());
  go([c = *static_cast<chan<int>*>(e.data.ptr)]() mutable { c.recv(); });
  if (__gosan_epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e) != 0) std::_Exit(7);
  epoll_event other{};
  if (__gosan_epoll_ctl(poller, EPOLL_CTL_ADD, fd, &other) == 0) std::_Exit(7);  // it is there already
  if (!keep && __gosan_epoll_ctl(poller, EPOLL_CTL_DEL, fd, nullptr) != 0) std::_Exit(7);
  e = {};
  for (int i = 0; i < 3; ++i) yield();
}
}  // namespace

GOSAN_CASE(leak_of_a_channel_of_the_kernel) { abandon_to_the_kernel(true); }
GOSAN_CASE(leak_out_of_the_kernel) { abandon_to_the_kernel(false); }

namespace {
thread_local chan<int>* kept = nullptr;

// The only handle of a channel somebody waits for is known to a thread-local variable of a worker, for whoever runs there next.
void abandon_to_a_thread(bool keep) {
  wait_group set;
  set.go([keep] {
    kept = new chan<int>(make_chan<int>());
    go([c = *kept]() mutable { c.recv(); });
    if (!keep) kept = nullptr;
  });
  set.wait();
  for (int i = 0; i < 3; ++i) yield();
}

// Waits for what nobody knows of, below the frames it has slept in.
[[gnu::noinline]] void wait_deep(int depth) {
  volatile char frame[512];
  frame[0] = 0;
  if (depth) wait_deep(depth - 1);
  else make_chan<int>().recv();
  frame[1] = 0;
}
}  // namespace

GOSAN_CASE(leak_of_a_channel_of_a_thread) { abandon_to_a_thread(true); }
GOSAN_CASE(leak_out_of_a_thread) { abandon_to_a_thread(false); }

namespace {
std::atomic<bool> in_handler{false}, looked{false};

// A thread looks for leaks while a signal of the goroutine's is handled on another stack than its own. `keep`: that goroutine is the only
// one to know of a channel somebody waits for.
[[gnu::noinline]] void look_while_handling(bool keep) {
  auto c = keep ? std::make_unique<chan<int>>(make_chan<int>()) : nullptr;
  go([d = keep ? *c : make_chan<int>()]() mutable { d.recv(); });
  yield();
  raise(SIGUSR1);
  if (c) c->send(1);
}

void handle_elsewhere(bool keep) {
  struct sigaction ours {};
  ours.sa_flags = SA_ONSTACK;
  ours.sa_handler = [](int) {
    in_handler = true;
    while (!looked) {
    }
  };
  sigaction(SIGUSR1, &ours, nullptr);
  std::thread looker([] {
    while (!in_handler) sched_yield();
    leak_options now;
    now.settle = std::chrono::milliseconds(0);
    now.proven_only = true;
    verify_no_leaks(now);
    looked = true;
  });
  wait_group done;
  done.go([keep] { look_while_handling(keep); });
  done.wait();
  blocking([&] { looker.join(); });
}
}  // namespace

GOSAN_CASE(leak_of_a_channel_behind_a_handler) { handle_elsewhere(true); }
GOSAN_CASE(leak_beside_a_handler) { handle_elsewhere(false); }

namespace {
// One wait of each kind, with somebody that lets it end.
void wait_in_every_way() {
  using namespace std::chrono_literals;
  wait_group partners;
  auto c = make_chan<int>();
  partners.go([c] { c.send(1), c.send(2), c.recv(); });
  c.recv();
  select(recv_case(c), recv_case(after(1h)));
  c.send(3);
  mutex m;
  condition_variable changed;
  bool set = false;
  m.lock();
  partners.go([&] {
    std::lock_guard hold(m);
    set = true;
    changed.notify_all();
  });
  yield();
  {
    std::unique_lock hold(m, std::adopt_lock);
    changed.wait(hold, [&] { return set; });
  }
  shared_mutex s;
  s.lock();
  partners.go([&] { std::shared_lock hold(s); });
  yield();
  s.unlock();
  s.lock();
  s.unlock();
  barrier both(2);
  partners.go([&] { both.arrive_and_wait(); });
  both.arrive_and_wait();
  auto [soon, cancel] = with_timeout(context::background(), 1ms);
  soon.done().recv();
  cancel();
  int ends[2];
  if (pipe(ends) != 0) std::_Exit(7);
  wait_readable(ends[0], std::chrono::steady_clock::now() + 1ms);
  close(ends[0]), close(ends[1]);
  blocking([] { usleep(1000); });
  partners.wait();
  sleep_for(1ms);
}
}  // namespace

GOSAN_CASE(leak_after_waits) {
  std::atomic<bool> over{false};
  go([&over] {
    wait_in_every_way();
    over = true;
    wait_deep(16);
  });
  while (!over) yield();
  for (int i = 0; i < 3; ++i) yield();
}

GOSAN_CASE(leak_nil_channel) {
  go([] { chan<int>{}.recv(); });
  yield();
}

GOSAN_CASE(leaks_from_code) {
  using std::chrono::milliseconds;
  auto require = [](bool good) { if (!good) std::_Exit(7); };
  auto stop = make_chan<void>();
  leak_options soon;
  soon.settle = milliseconds(20);
  require(leaks(soon).empty());
  go(go_options{.name = "background"}, [stop]() mutable { stop.recv(); });
  for (int i = 0; i < 3; ++i) yield();
  require(leaks(soon).size() == 1);
  leak_options named = soon;
  named.ignore_name = {"background"};
  require(leaks(named).empty());
  leak_options current = soon;
  current.ignore_current();
  require(leaks(current).empty());
  leak_options proven = soon;
  proven.proven_only = true;
  require(leaks(proven).empty());  // this function holds the other end
  stop.send();
}

GOSAN_CASE(leak_in_a_scope) {
  leak_options soon;
  soon.settle = std::chrono::milliseconds(20);
  wait_group wg;
  for (const char* name : {"quiet", "leaky"})
    wg.go([name, soon] {
      const verify_scope scope(name);
      auto c = make_chan<int>();
      if (name[0] == 'l') go([c]() mutable { c.recv(); });
      yield();
      verify_no_leaks(soon);
      c.close();
    });
  wg.wait();
}
