// A goroutine that computes, or blocks its thread, does not stop the others.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>

#include "fixture.hpp"

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

TEST_P(fairness, an_idle_program_uses_no_cpu_time) {
  run([] {
    countdown all(100);
    for (int i = 0; i < 100; ++i) go([&] { yield(), all.done(); });
    all.wait();
  });
  // The scheduler winds down first (the monitor looks around some more times before it sleeps).
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // nothing to order: idleness itself is measured
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_LT(cpu_seconds() - before, 0.005);
}

}  // namespace
}  // namespace gosan
