// The contract of gosan/time.hpp. Tests wait for timers, they never assert how long that took, only
// that it was not too short.
#include <stdexcept>

#include "fixture.hpp"
#include "time/timer_core.hpp"

namespace gosan::test {
namespace {

using namespace std::chrono_literals;
GOSAN_ON_PROCESSORS(Time);

TEST_P(Time, SleepsAtLeastAsLong) {
  in_main([] {
    auto start = std::chrono::steady_clock::now();
    sleep_for(2ms);
    sleep_until(start + 4ms);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 4ms);
    sleep_for(-1ms);
  });
}

TEST_P(Time, AfterSendsTheTimeOnce) {
  in_main([] {
    auto start = std::chrono::steady_clock::now();
    auto c = after(1ms);
    EXPECT_GE(*c.recv(), start + 1ms);
    EXPECT_EQ(c.len(), 0u);
    EXPECT_EQ(c.cap(), 0u);
  });
}

TEST_P(Time, StoppedTimerSendsNothing) {
  in_main([] {
    timer t{1h};
    EXPECT_TRUE(t.stop());
    EXPECT_FALSE(t.stop());
    time_point out;
    EXPECT_EQ(t.chan().try_recv(out), recv_status::empty);
  });
}

TEST_P(Time, NoStaleValueAfterStopOrReset) {
  in_main([] {
    for (int i = 0; i < 20; ++i) {
      timer t{std::chrono::microseconds(i * 20)};
      sleep_for(200us);  // it has expired by now, or is about to: both must be handled
      t.stop();
      time_point out;
      EXPECT_EQ(t.chan().try_recv(out), recv_status::empty);
      t.reset(100us);
      auto reset_at = std::chrono::steady_clock::now();
      t.reset(1ms);
      EXPECT_GE(*t.chan().recv(), reset_at + 900us);
    }
  });
}

// The scheduler may have begun an expiry just before the timer is stopped or put off: called here
// by hand.
TEST_P(Time, ExpiryThatComesTooLateDeliversNothing) {
  in_main([] {
    timer t{1h};
    auto* core = detail::timer_of(detail::chan_access::core(t.chan()));
    time_point out;
    t.reset(2h);
    core->alarm.fire(&core->alarm, core);
    EXPECT_EQ(t.chan().try_recv(out), recv_status::empty);
    EXPECT_TRUE(t.stop());
    core->alarm.fire(&core->alarm, core);
    EXPECT_EQ(t.chan().try_recv(out), recv_status::empty);
  });
}

TEST_P(Time, ExpiredButUnreceivedCountsAsActive) {
  in_main([] {
    timer t{1us};
    after(5ms).recv();  // timers expire in order
    EXPECT_TRUE(t.stop());
    timer u{1us};
    u.chan().recv();
    EXPECT_FALSE(u.stop());
  });
}

TEST_P(Time, ResetArmsAgain) {
  in_main([] {
    timer t{1h};
    EXPECT_TRUE(t.reset(1ms));
    t.chan().recv();
    EXPECT_FALSE(t.reset(1ms));
    t.chan().recv();
  });
}

TEST_P(Time, TickerTicksUntilStopped) {
  in_main([] {
    ticker t{1ms};
    auto first = *t.chan().recv(), second = *t.chan().recv();
    EXPECT_LT(first, second);
    t.reset(2ms);
    t.chan().recv();
    t.stop();
    after(6ms).recv();
    time_point out;
    EXPECT_EQ(t.chan().try_recv(out), recv_status::empty);
    EXPECT_THROW(ticker{0ms}, std::invalid_argument);
    EXPECT_THROW(t.reset(-1ms), std::invalid_argument);
  });
}

TEST_P(Time, SlowReceiverLosesTicksButNotItsFirst) {
  in_main([] {
    ticker t{1ms};
    after(10ms).recv();
    t.chan().recv();
    t.stop();
  });
}

TEST_P(Time, AfterFuncRunsAsAGoroutineAndCanBeStoppedOrRunAgain) {
  in_main([] {
    auto ran = make_chan<int>(4);
    after_func(1ms, [ran] { ran.send(1); });
    EXPECT_EQ(ran.recv(), 1);
    timer never = after_func(1h, [ran] { ran.send(2); });
    EXPECT_FALSE(never.chan());
    EXPECT_TRUE(never.stop());
    timer again = after_func(1ms, [ran] { ran.send(3); });
    EXPECT_EQ(ran.recv(), 3);
    EXPECT_FALSE(again.stop());
    again.reset(1ms);
    EXPECT_EQ(ran.recv(), 3);
  });
}

TEST_P(Time, DroppedTimersAreFreedArmedOrNot) {
  in_main([] {
    auto token = std::make_shared<int>(1);
    for (int i = 0; i < 2000; ++i) {
      select(recv_case(after(1h)), default_case());  // NOLINT(gosan-after-in-loop)
      timer t{std::chrono::microseconds(i % 50)};
      ticker k{std::chrono::microseconds(20)};  // NOLINT(gosan-ticker-not-stopped)
      after_func(1h, [token] {}).stop();
    }
    EXPECT_EQ(token.use_count(), 1);
  });
}

TEST_P(Time, ATimerThatWasMovedFromPanics) {
  in_main([] {
    timer t{1h};
    timer taken = std::move(t);
    EXPECT_THROW(t.reset(1h), panic_error);  // NOLINT(bugprone-use-after-move)
    EXPECT_THROW(t.stop(), panic_error);
    EXPECT_FALSE(t.chan());
    EXPECT_TRUE(taken.stop());
    ticker k{1h};
    ticker other = std::move(k);
    EXPECT_THROW(k.reset(1h), panic_error);  // NOLINT(bugprone-use-after-move)
    other.stop();
  });
}

TEST_P(Time, ThreadsMaySleepAndWaitForTimers) {
  in_main([] {
    std::thread t([] {
      sleep_for(1ms);
      after(1ms).recv();
    });
    t.join();
  });
}

}  // namespace
}  // namespace gosan::test
