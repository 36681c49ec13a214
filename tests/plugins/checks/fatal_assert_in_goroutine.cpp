// fix-its: 5
#include <gosan/gosan.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

bool connected();
int ask();

// ---- What it flags ----

TEST(Flagged, BodyOfAGoroutine) {
  auto answers = gosan::make_chan<int>(1);
  gosan::go([answers] {  // note: the goroutine starts here
    ASSERT_TRUE(connected());  // expect: gosan-fatal-assert-in-goroutine
    answers.send(ask());
  });
  EXPECT_EQ(*answers.recv(), 42);
}

TEST(Flagged, BodyThatAGroupCounts) {
  gosan::wait_group all;
  all.go([] {
    ASSERT_EQ(ask(), 42) << "with a message";  // expect: gosan-fatal-assert-in-goroutine
    if (!connected()) FAIL() << "not connected";  // expect: gosan-fatal-assert-in-goroutine
  });
  all.wait();
}

TEST(Flagged, Thread) {
  std::thread t([] { ASSERT_NE(ask(), 0); });  // expect: gosan-fatal-assert-in-goroutine
  t.join();
}

void worker(gosan::chan<int> answers) {
  ASSERT_GT(ask(), 0);  // expect: gosan-fatal-assert-in-goroutine
  answers.send(1);
}

TEST(Flagged, NamedFunction) {
  auto answers = gosan::make_chan<int>(1);
  gosan::go(worker, answers);
  answers.recv();
}

// An assertion of one's own, which has no EXPECT_ form: told, but there is nothing to put in its place.
#define ASSERT_CONNECTED() ASSERT_TRUE(connected())

TEST(Flagged, OwnAssertion) {
  gosan::wait_group all;
  all.go([] { ASSERT_CONNECTED(); });  // expect: gosan-fatal-assert-in-goroutine
  all.wait();
}

// ---- Near misses ----

TEST(Silent, Expectations) {
  gosan::wait_group all;
  all.go([] {
    EXPECT_TRUE(connected());
    if (ask() != 42) return;
    ADD_FAILURE() << "not 42";
  });
  all.wait();
}

TEST(Silent, BodyOfTheTest) {
  gosan::wait_group all;
  all.go([] {});
  all.wait();
  ASSERT_TRUE(connected());
}

TEST(Silent, LambdaThatIsCalledHere) {
  auto check = [] { ASSERT_TRUE(connected()); };
  check();
}

// Within a lambda that the goroutine calls: it returns from that one, as its author sees.
TEST(Silent, LambdaWithinTheBody) {
  gosan::wait_group all;
  all.go([] {
    std::function<void()> check = [] { ASSERT_TRUE(connected()); };
    check();
  });
  all.wait();
}
