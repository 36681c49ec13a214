// A suite with planted mistakes, each of which must fail the test it is in and no other.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <gosan/gosan.hpp>
#include <gosan/testing.hpp>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace {

void stuck(gosan::chan<int> c) { c.recv(); }
void leave_one() { gosan::go(stuck, gosan::make_chan<int>()); }

TEST(clean, goroutines_that_end) {
  auto c = gosan::make_chan<int>();
  gosan::go([c] { c.send(7); });
  EXPECT_EQ(c.recv(), 7);
}

TEST(planted, leak) { leave_one(); }
TEST(clean, after_the_leak) {}
TEST(planted, two_leaks) { leave_one(), leave_one(); }
TEST(planted, send_on_closed) {
  auto c = gosan::make_chan<int>(1);
  c.close();
  EXPECT_THROW(c.send(1), gosan::panic_error);
}
TEST(clean, ignored_leak) {
  gosan::leak_options kept;
  kept.ignore_name = {"kept"};
  gosan::testing::ignore(kept);
  gosan::go(gosan::go_options{.name = "kept"}, stuck, gosan::make_chan<int>());
}
TEST(planted, ignored_only_in_its_own_test) {
  gosan::go(gosan::go_options{.name = "kept"}, stuck, gosan::make_chan<int>());
}
TEST(deadlocks, nobody_receives) {
  auto c = gosan::make_chan<int>();
  c.send(1);
}
TEST(deadlocks, locked_twice) {
  gosan::mutex m;
  m.lock();
  m.lock();
}
// Memory in use leads to the channel: no proof, but nobody is left who could use it.
gosan::chan<int> in_reach = gosan::make_chan<int>();
TEST(deadlocks, of_a_global) { in_reach.send(1); }
TEST(deadlocks, of_two) {
  static auto &a = *new gosan::mutex, &b = *new gosan::mutex;  // never destroyed: somebody waits for them for ever
  auto a_is_held = gosan::make_chan<void>(), b_is_held = gosan::make_chan<void>();
  gosan::go([=] {
    const std::lock_guard hold(b);
    b_is_held.send(), a_is_held.recv();
    const std::lock_guard second(a);
  });
  const std::lock_guard hold(a);
  b_is_held.recv(), a_is_held.send();
  const std::lock_guard second(b);
}
struct waits_in_constructor : testing::Test {
  waits_in_constructor() { gosan::make_chan<int>().recv(); }
};
using deadlocks_of_a_fixture = waits_in_constructor;
TEST_F(deadlocks_of_a_fixture, in_its_constructor) {}
TEST(clean, after_the_deadlocks) {
  auto c = gosan::make_chan<int>();
  gosan::go([c] { c.send(7); });
  EXPECT_EQ(c.recv(), 7);
}
void race() {
  int shared = 0;
  auto done = gosan::make_chan<void>(1);
  gosan::go([done, &shared] { shared = 1, done.send(); });
  const int seen = shared;
  done.recv();
  EXPECT_LE(seen, 1);
}
TEST(planted, race) { race(); }
TEST(planted, race_at_the_same_places) { race(); }
TEST(planted, lock_order) {
  gosan::mutex a, b;
  auto both = [](gosan::mutex& first, gosan::mutex& second) {
    const std::lock_guard hold_first(first);
    const std::lock_guard hold_second(second);
  };
  std::atomic<bool> first_is_over = false;  // relaxed: it keeps them apart today and orders nothing
  gosan::wait_group all;
  all.go([&] { both(a, b), first_is_over.store(true, std::memory_order_relaxed); });
  all.go([&] {
    while (!first_is_over.load(std::memory_order_relaxed)) gosan::yield();
    both(b, a);
  });
  all.wait();
}
TEST(assertions, fail_as_ever) { EXPECT_EQ(1, 2); }
TEST(assertions, exceptions_fail_it) { throw std::runtime_error("planted"); }
TEST(assertions, in_another_goroutine) {
  auto done = gosan::make_chan<void>();
  gosan::go([=] {
    EXPECT_EQ(1, 2) << "of another goroutine";
    done.send();
  });
  done.recv();
}

// Goroutines that wait in the scopes GoogleTest keeps by thread, and go on on other threads.
TEST(scopes, go_with_their_goroutine) {
  gosan::wait_group all;
  for (int g = 0; g < 16; ++g)
    all.go([g] {
      for (int i = 0; i < 50; ++i) {
        SCOPED_TRACE("trace of " + std::to_string(g));
        ASSERT_NO_FATAL_FAILURE(gosan::yield());
        gosan::sleep_for(std::chrono::microseconds(10));
        if (i == 25) EXPECT_EQ(g, -1) << "failure of " << g;
      }
    });
  all.wait();
}
TEST(clean, scopes_without_failures) {
  for (int i = 0; i < 20; ++i) {
    SCOPED_TRACE(i);
    ASSERT_NO_FATAL_FAILURE(gosan::sleep_for(std::chrono::microseconds(10)));
  }
}

struct skips : testing::Test {
  void SetUp() override { GTEST_SKIP() << "not here"; }
};
TEST_F(skips, in_set_up) { FAIL(); }
struct cannot_set_up : testing::Test {
  void SetUp() override { FAIL() << "planted"; }
  cannot_set_up() { ++alive; }
  ~cannot_set_up() override { --alive; }
  static inline int alive = 0;
};
TEST_F(cannot_set_up, body_is_not_run) { std::abort(); }
TEST(clean, fixture_was_torn_down) { EXPECT_EQ(cannot_set_up::alive, 0); }

TEST(clean, state_of_one_test_is_seen_by_the_next) {
  static int shared = 0;  // no race: one test ends before the next begins
  gosan::wait_group all;
  all.go([] { ++shared; });
  all.wait();
  EXPECT_EQ(shared % 1, 0);
}
TEST(clean, meant_misuse) {
  gosan::testing::ignore(gosan::finding_kind::send_on_closed);
  auto c = gosan::make_chan<int>(1);
  c.close();
  EXPECT_THROW(c.send(1), gosan::panic_error);
}

TEST(clean_DeathTest, of_an_exit) {
  EXPECT_EXIT({
    auto c = gosan::make_chan<int>();
    gosan::go([c] { c.send(7); });
    std::exit(*c.recv());
  }, testing::ExitedWithCode(7), "");
}
TEST(clean_DeathTest, of_a_signal) {
  EXPECT_DEATH(std::abort(), "");
  EXPECT_EXIT(std::raise(SIGKILL), testing::KilledBySignal(SIGKILL), "");
}
TEST(clean_DeathTest, of_a_deadlock) {
  EXPECT_EXIT({
    gosan::go([] { throw std::logic_error("planted panic"); });
    gosan::make_chan<int>().recv();
  }, testing::ExitedWithCode(2), "planted panic");
}

template <typename T>
struct typed : testing::Test {};
using types = testing::Types<int, long>;
TYPED_TEST_SUITE(typed, types);
TYPED_TEST(typed, leaks_a_long) {
  if (std::is_same_v<TypeParam, long>) leave_one();
}

// A goroutine left behind that does wrong when its test is over.
gosan::chan<int> closed_later = gosan::make_chan<int>(1);
gosan::chan<void> go_on = gosan::make_chan<void>(), has_gone_on = gosan::make_chan<void>();
TEST(late, leaves_one) {
  gosan::leak_options o;
  o.ignore_name = {"late"};
  gosan::testing::ignore(o);
  gosan::go(gosan::go_options{.name = "late"}, [] {
    go_on.recv();
    try {
      closed_later.send(1);
    } catch (const gosan::panic_error&) {
    }
    has_gone_on.send();
  });
}
TEST(late, is_innocent) {
  closed_later.close();
  go_on.send();
  has_gone_on.recv();
}

class with_goroutine : public testing::Test {
 protected:
  void SetUp() override { gosan::go([in = in_, out = out_] { out.send(in.recv().value() + 1); }); }
  gosan::chan<int> in_ = gosan::make_chan<int>(), out_ = gosan::make_chan<int>();
};
TEST_F(with_goroutine, answers) {
  in_.send(1);
  EXPECT_EQ(out_.recv(), 2);
}
TEST_F(with_goroutine, is_never_asked) {}

class parameters : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(of, parameters, testing::Values(0, 1, 2));
TEST_P(parameters, leak_when_one) {
  if (GetParam() == 1) leave_one();
}

}  // namespace
