// A goroutine that computes, or blocks its thread, does not stop the others.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <vector>

#include "fixture.hpp"
#include "gosan/detail/spin_lock.hpp"
#include "sched/scheduler.hpp"

namespace gosan {
namespace {

using testing::countdown;

class fairness : public testing::with_processors {};
GOSAN_FOR_PROCESSORS(fairness);

// Two goroutines hand a word to and fro, each computing while it waits, never yielding: both only end when the monitor gives
// the processor on.
TEST_P(fairness, computing_goroutines_take_turns) {
  run([] {
    std::atomic<int> turn{0};
    countdown all(2);
    for (int me = 0; me < 2; ++me)
      go([&, me] {
        for (int round = 0; round < 5; ++round) {
          while (turn.load() != me) {
          }
          turn = 1 - me;
        }
        all.done();
      });
    all.wait();
  });
}

// One processor, three goroutines, two of which hash for as long as the others have not come to anything: without time slices
// none of them would end.
TEST(one_processor, hashing_goroutines_both_go_on_and_a_third_runs_too) {
  gomaxprocs(1);
  run([] {
    std::atomic<std::uint64_t> hashed[2] = {};
    std::atomic<bool> third{false};
    countdown all(3);
    for (int me = 0; me < 2; ++me)
      go([&, me] {
        std::uint64_t h = 14695981039346656037U;
        for (std::uint64_t n = 0; n < 1000 || hashed[1 - me].load() < 1000 || !third.load(); ++n) {
          h = (h ^ (n & 255)) * 1099511628211U;
          hashed[me].store(n + 1 + (h == 0));
        }
        all.done();
      });
    go([&] {
      third = true;
      all.done();
    });
    all.wait();
  });
}

// Two processors: two goroutines that never yield are on two threads at the same moment.
TEST(two_processors, goroutines_run_at_the_same_time) {
  gomaxprocs(2);
  run([] {
    std::atomic<int> here{0}, seen{0};
    std::array<std::thread::id, 2> threads;
    countdown all(2);
    for (std::size_t me = 0; me < 2; ++me)
      go([&, me] {
        ++here;
        while (here.load() != 2) {
        }
        threads[me] = std::this_thread::get_id();
        ++seen;
        while (seen.load() != 2) {  // neither has left the thread it was seen on
        }
        all.done();
      });
    all.wait();
    EXPECT_NE(threads[0], threads[1]);
  });
}

TEST_P(fairness, blocked_threads_cost_no_processor) {
  constexpr int blocked = 20;
  std::array<std::array<int, 2>, blocked> pipes;
  for (auto& p : pipes) ASSERT_EQ(pipe2(p.data(), O_CLOEXEC), 0);
  run([&] {
    countdown all(blocked), worked(100);
    for (auto& p : pipes)
      go([&] {
        char c = 0;
        EXPECT_EQ(blocking([&] { return read(p[0], &c, 1); }), 1);
        all.done();
      });
    for (int i = 0; i < 100; ++i)
      go([&] {
        yield();
        worked.done();
      });
    worked.wait();  // although all readers are still blocked
    for (auto& p : pipes) EXPECT_EQ(write(p[1], "x", 1), 1);
    all.wait();
  });
  for (auto& p : pipes) close(p[0]), close(p[1]);
}

TEST_P(fairness, blocking_passes_results_and_exceptions) {
  run([] {
    EXPECT_EQ(blocking([] { return 5; }), 5);
    int x = 0;
    int& r = blocking([&]() -> int& { return x; });
    EXPECT_EQ(&r, &x);
    EXPECT_THROW(blocking([] { throw 1; }), int);
  });
  EXPECT_EQ(blocking([] { return 6; }), 6);  // on a plain thread
}

TEST_P(fairness, blocking_may_park) {
  run([] {
    for (int i = 0; i < 100; ++i) {
      countdown one(1);
      go([&] { one.done(); });
      blocking([&] { one.wait(); });
      blocking([] { yield(); });
    }
  });
}

double cpu_seconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int threads_now() {
  int n = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) ++n;
  return n;
}

// Goroutines that wait for the network stand on no thread.
TEST_P(fairness, network_waits_park) {
  constexpr int waiting = 200;
  std::vector<std::array<int, 2>> pairs(waiting);
  for (auto& p : pairs) ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p.data()), 0);
  run([&] {
    countdown all(waiting), worked(100);
    const int before = threads_now();
    std::atomic<int> begun{0};
    for (auto& p : pairs)
      go([&] {
        ++begun;
        EXPECT_TRUE(wait_readable(p[0]));
        char c = 0;
        EXPECT_EQ(read(p[0], &c, 1), 1);
        all.done();
      });
    while (begun.load() != waiting) yield();
    for (int i = 0; i < 100; ++i) go([&] { yield(), worked.done(); });
    worked.wait();
    EXPECT_LT(threads_now(), before + waiting / 4);
    for (auto& p : pairs) EXPECT_EQ(write(p[1], "x", 1), 1);
    all.wait();
  });
  for (auto& p : pairs) close(p[0]), close(p[1]);
}

// Who waits for a lock of the runtime's would wait for it on any worker.
TEST_P(fairness, workers_that_wait_for_a_lock_are_not_replaced) {
  constexpr int waiting = 60;
  int before = 0, most = 0;
  run([&] {
    detail::spin_lock contended;
    countdown all(waiting + 1);
    std::atomic<bool> held{false};
    before = threads_now();
    go([&] {
      detail::spin_guard hold(contended);
      held = true;
      // Many turns of a goroutine: after each the monitor looks for somebody to run in place of who waits.
      for (const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(300); std::chrono::steady_clock::now() < until;)
        most = std::max(most, threads_now());
      all.done();
    });
    while (!held) yield();
    for (int i = 0; i < waiting; ++i)
      go([&] {
        { detail::spin_guard mine(contended); }
        all.done();
      });
    all.wait();
  });
  EXPECT_LE(most, before + static_cast<int>(GetParam()) + 3);  // the holder's, when its own was given away, and one that was on its way
}

// Seen from outside all the while that goroutines come and go, are handed over, and processors run dry.
TEST_P(fairness, never_more_than_one_worker_spins) {
  std::atomic<bool> over{false}, looked{false};
  std::uint32_t most = 0;
  std::thread watch([&] {
    while (!over) {
      const std::uint32_t now = rt::the_scheduler.spinning.load();
      most = std::max(most, now);
      if (now) looked = true;
    }
  });
  run([&] {
    for (int round = 0; round < 50000 || (GetParam() > 1 && !looked); ++round) {
      countdown all(8);
      for (int i = 0; i < 8; ++i) go([&] { yield(), all.done(); });
      all.wait();
    }
  });
  over = true;
  watch.join();
  EXPECT_LE(most, 1u);
}

// Of half a second each, the one that cost least: the scheduler winds down first (the monitor looks around some more times before it
// sleeps, and gives memory of stacks back once). Nothing is ordered by the time: idleness itself is measured.
double least_cpu_seconds_while_idle() {
  double least = 1;
  for (int i = 0; i < 10 && least >= 0.005; ++i) {
    const double before = cpu_seconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    least = std::min(least, cpu_seconds() - before);
  }
  return least;
}

TEST_P(fairness, a_program_that_only_waits_uses_no_cpu_time) {
  std::array<int, 2> ends;
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  run([&] {
    const auto far = std::chrono::steady_clock::now() + std::chrono::hours(1);
    countdown never(1), all(52);
    for (int i = 0; i < 50; ++i) go([&, i] { i == 0 ? never.wait() : yield(), all.done(); });
    go([&] {
      EXPECT_TRUE(wait_readable(ends[0], far));
      all.done();
    });
    go([&] {
      EXPECT_TRUE(wait_writable(ends[1], far));
      all.done();
    });
    blocking([] { EXPECT_LT(least_cpu_seconds_while_idle(), 0.005); });
    EXPECT_EQ(write(ends[1], "x", 1), 1);
    never.done();
    all.wait();
  });
  for (const int end : ends) close(end);
}

TEST_P(fairness, an_idle_program_uses_no_cpu_time) {
  run([] {
    countdown all(100);
    for (int i = 0; i < 100; ++i) go([&] { yield(), all.done(); });
    all.wait();
  });
  EXPECT_LT(least_cpu_seconds_while_idle(), 0.005);
}

}  // namespace
}  // namespace gosan
