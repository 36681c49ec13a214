// What is found while the program runs on, by the watchdog. Each case waits until its finding is in the result file, then ends without
// main's return: what is in the file then is not from the judgement at the end.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "cases.hpp"
#include "gosan/gosan.hpp"

using namespace gosan;
using std::chrono::milliseconds;

namespace {

bool is_written(std::string_view text) {
  const std::string options = std::getenv("GOSAN_OPTIONS");
  const auto at = options.find("result=") + 7;
  std::ifstream in(options.substr(at, options.find(':', at) - at));
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  return all.find(text) != std::string::npos;
}

// Ends with 0 once the text is in the result, with 7 when it does not come.
[[noreturn]] void end_when_written(std::string_view text) {
  for (int i = 0; i < 2000; ++i, sleep_for(milliseconds(10)))
    if (is_written(text)) std::_Exit(0);
  std::_Exit(7);
}

[[gnu::noinline]] void abandon_one() {
  auto c = make_chan<int>();
  go(go_options{.name = "abandoned"}, [c]() mutable { c.recv(); });
}

void leave_one() {
  abandon_one();
  for (int i = 0; i < 20; ++i) yield();
}

}  // namespace

GOSAN_CASE(watch_interval) {
  leave_one();
  end_when_written("\"proven\"");
}

GOSAN_CASE(watch_signal) {
  leave_one();
  raise(SIGUSR2);
  end_when_written("\"proven\"");
}

namespace {

// Main goes on for ever, and asks for the end of it.
[[noreturn]] void tick_until_told_to_end(int signal) {
  ticker t(milliseconds(5));
  for (int i = 0;; ++i) {
    t.chan().recv();
    if (i >= 20) kill(getpid(), signal);  // often it comes more than once
  }
}

[[gnu::noinline]] void start_two_that_wait_for_each_other() {
  auto a = make_chan<int>(), b = make_chan<int>();
  for (auto [in, out] : {std::pair(a, b), std::pair(b, a)})
    go([in, out]() mutable { in.recv(), out.send(1); });
}

}  // namespace

GOSAN_CASE(interrupted_deadlock) {
  start_two_that_wait_for_each_other();
  tick_until_told_to_end(SIGINT);
}

GOSAN_CASE(terminated_leak) {
  leave_one();
  tick_until_told_to_end(SIGTERM);
}

// Main is in the midst of the runtime's work nearly always.
GOSAN_CASE(interrupted_leak_beside_busy_channels) {
  leave_one();
  auto there = make_chan<int>(), back = make_chan<int>();
  go([there, back]() mutable {
    for (int v : there) back.send(v);
  });
  std::thread other([] {
    usleep(100'000);
    kill(getpid(), SIGINT);
  });
  for (;;) there.send(1), back.recv();
}

// Whoever waits here can still be woken.
GOSAN_CASE(interrupted_without_a_leak) {
  auto c = make_chan<int>();
  go([c]() mutable { c.recv(); });
  after_func(std::chrono::hours(1), [c]() mutable { c.send(1); });
  tick_until_told_to_end(SIGINT);
}

// A sleep of the system's lasts as long as it is asked to, however often the world is stopped meanwhile.
GOSAN_CASE(watch_sleepers) {
  using clock = std::chrono::steady_clock;
  const auto lasts = [](auto sleep, milliseconds at_least) {
    const auto begun = clock::now();
    const bool whole = sleep() == 0;
    if (!whole || clock::now() - begun < at_least) std::_Exit(7);
  };
  const timespec t{0, 200'000'000};
  std::thread other([&] { lasts([] { return ::sleep(1); }, milliseconds(1000)); });
  lasts([&] { return ::nanosleep(&t, nullptr); }, milliseconds(200));
  lasts([&] { return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &t, nullptr); }, milliseconds(200));
  lasts([] { return ::usleep(200'000); }, milliseconds(200));
  other.join();
}

// The program's own signal ends it as ever, and tells what is left.
GOSAN_CASE(watch_a_sleeper_that_is_woken) {
  struct sigaction a {};
  a.sa_handler = [](int) {};
  sigaction(SIGUSR1, &a, nullptr);
  std::atomic<bool> ended{false};
  std::thread sleeper([&] {
    timespec left{};
    const timespec t{100, 0};
    if (::nanosleep(&t, &left) != -1 || errno != EINTR || left.tv_sec < 90) std::_Exit(7);
    ended = true;
  });
  while (!ended) pthread_kill(sleeper.native_handle(), SIGUSR1), usleep(20'000);
  sleeper.join();
}

// Proven while it runs, and no second finding of the same at the end.
GOSAN_CASE(watch_and_return) {
  leave_one();
  for (int i = 0; i < 2000 && !is_written("\"proven\""); ++i) sleep_for(milliseconds(10));
}

GOSAN_CASE(watch_stuck) {
  auto c = make_chan<int>();
  go(go_options{.name = "patient"}, [c]() mutable { c.recv(); });
  for (int i = 0; i < 2000 && !is_written("\"stuck\""); ++i) sleep_for(milliseconds(10));
  c.send(1);
  std::_Exit(is_written("\"stuck\"") ? 0 : 7);
}

GOSAN_CASE(watch_held) {
  auto m = std::make_shared<mutex>();
  auto holds = make_chan<void>(), let_go = make_chan<void>();
  go(go_options{.name = "holder"}, [=]() mutable {
    const std::lock_guard hold(*m);
    holds.send();
    let_go.recv();
  });
  holds.recv();
  go(go_options{.name = "waiter"}, [=] { const std::lock_guard hold(*m); });
  for (int i = 0; i < 2000 && !(is_written("has held") && is_written("shared") + is_written("mutex lock")); ++i) sleep_for(milliseconds(10));
  let_go.send();
  std::_Exit(is_written("has held") ? 0 : 7);
}

namespace {

// Both take the first lock, and only then the second one.
template <typename A, typename B>
void cross(A& a, B& b, bool same_order) {
  auto both = std::make_shared<barrier>(2);
  auto done = std::make_shared<wait_group>();
  done->add(2);
  go([&, both, done, same_order] {
    const std::lock_guard first(a);
    if (!same_order) both->arrive_and_wait();
    const std::lock_guard second(b);
    done->done();
  });
  go([&, both, done, same_order] {
    if (same_order) {
      const std::lock_guard first(a);
      const std::lock_guard second(b);
      return done->done();
    }
    const std::lock_guard first(b);
    both->arrive_and_wait();
    const std::lock_guard second(a);
    done->done();
  });
  done->wait();
}

std::mutex of_the_system, another_of_the_system;
mutex of_goroutines;

}  // namespace

GOSAN_CASE(os_ring) { cross(of_the_system, of_goroutines, false); }
GOSAN_CASE(os_ring_of_two_of_the_system) { cross(of_the_system, another_of_the_system, false); }
GOSAN_CASE(os_ring_right) { cross(of_the_system, of_goroutines, true); }

// The ring is of goroutines, and the program runs on.
GOSAN_CASE(os_ring_beside_work) {
  go([] { cross(of_the_system, of_goroutines, false); });
  end_when_written("partial-deadlock");
}

namespace {

// A goroutine and a thread of the program's own; main joins the thread.
void cross_with_a_thread(bool same_order) {
  static std::atomic<int> have{0};
  auto both_have = [same_order] {
    ++have;
    while (!same_order && have < 2) std::this_thread::yield();
  };
  std::thread other([=] {
    const std::lock_guard first(of_the_system);
    both_have();
    const std::lock_guard second(of_goroutines);
  });
  go([=] {
    std::unique_lock first(of_goroutines, std::defer_lock);
    if (!same_order) first.lock();
    both_have();
    const std::lock_guard second(of_the_system);
    if (same_order) first.lock();
  });
  other.join();
}

// The thread needs the lock that is held by the one who joins it.
void join_with_lock(bool hold_it) {
  std::unique_lock hold(of_the_system);
  std::thread other([] { const std::lock_guard needs(of_the_system); });
  if (!hold_it) hold.unlock();
  other.join();
}

}  // namespace

GOSAN_CASE(os_ring_with_a_thread) { cross_with_a_thread(false); }
GOSAN_CASE(os_ring_with_a_thread_right) { cross_with_a_thread(true); }
GOSAN_CASE(os_ring_through_a_join) { join_with_lock(true); }
GOSAN_CASE(os_ring_through_a_join_right) { join_with_lock(false); }

GOSAN_CASE(os_lock_twice) {
  go([] {
    of_the_system.lock();
    of_the_system.lock();
  });
  end_when_written("double-lock");
}

// The holder is a thread that computes: it can unlock, so nothing is proven.
GOSAN_CASE(lock_of_a_busy_thread) {
  static mutex& m = *new mutex;
  static std::atomic<bool> held{false}, over{false};
  std::thread([] {
    const std::lock_guard hold(m);
    held = true;
    while (!over) std::this_thread::yield();
  }).detach();
  while (!held) yield();
  go([] { const std::lock_guard hold(m); });
  for (int i = 0; i < 20; ++i) yield();
}

namespace {

// A keeper of tokens drops one at each tick, through the store's lock, and takes new ones from a channel.
struct store {
  mutex m;
  chan<int> added = make_chan<int>(1);
  chan<void> stop = make_chan<void>();

  void keep() {
    ticker tick{milliseconds(1)};
    std::optional<int> token;
    while (select(recv_case(added, token), recv_case(tick.chan()), recv_case(stop)) != 2) {
      if (!token) continue;
      const std::lock_guard hold(m);
      token.reset();
    }
  }
  // Whether the channel is full before the keeper can have taken anything, and the lock taken before he wants it.
  void add_some(bool with_the_lock) {
    for (int i = 0; i < 50; ++i) {
      std::unique_lock hold(m);
      if (!with_the_lock) hold.unlock();
      added.send(i);
      if (with_the_lock) added.send(i);
    }
  }
};

void keep_tokens(bool with_the_lock) {
  auto s = std::make_shared<store>();
  wait_group all;
  all.go([s] { s->keep(); });
  s->add_some(with_the_lock);
  s->stop.close();
  all.wait();
}

}  // namespace

// Only the ticker goes on, and nobody receives from it.
GOSAN_CASE(ring_beside_a_ticker) { keep_tokens(true); }
GOSAN_CASE(ring_beside_a_ticker_right) { keep_tokens(false); }

// Main waits for longer than the watchdog's patience, for somebody whom a ticker wakes.
GOSAN_CASE(main_waits_for_one_with_a_ticker) {
  auto c = make_chan<int>();
  go([c]() mutable {
    ticker tick{milliseconds(50)};
    for (int i = 0; i < 25; ++i) tick.chan().recv();
    c.send(1);
  });
  c.recv();
}

// Main waits for nothing, on purpose; what the program does, a timer's function does.
GOSAN_CASE(main_stays_for_a_timer) {
  after_func(milliseconds(1300), [] { std::_Exit(0); });
  select();
}

// Main is lost, and a goroutine works on: told while it runs, and the program is not ended.
GOSAN_CASE(main_is_lost_beside_work) {
  go([] { end_when_written("goroutine-leak"); });
  auto forgotten = make_chan<int>();
  forgotten.recv();
}
