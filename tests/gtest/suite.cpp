// A suite with planted mistakes, each of which must fail the test it is in and no other.
#include <gtest/gtest.h>

#include <atomic>
#include <gosan/gosan.hpp>
#include <gosan/testing.hpp>
#include <mutex>

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
TEST(clean, after_the_deadlocks) {
  auto c = gosan::make_chan<int>();
  gosan::go([c] { c.send(7); });
  EXPECT_EQ(c.recv(), 7);
}
TEST(planted, race) {
  int shared = 0;
  auto done = gosan::make_chan<void>(1);
  gosan::go([done, &shared] { shared = 1, done.send(); });
  const int seen = shared;
  done.recv();
  EXPECT_LE(seen, 1);
}
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
