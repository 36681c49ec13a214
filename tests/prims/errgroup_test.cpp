// The contract of gosan/errgroup.hpp.
#include <stdexcept>

#include "fixture.hpp"

namespace gosan::test {
namespace {

GOSAN_ON_PROCESSORS(Errgroup);

TEST_P(Errgroup, WaitsForAllAndThrowsNothingWhenAllSucceed) {
  in_main([] {
    errgroup g;
    std::atomic<int> n = 0;
    for (int i = 0; i < 20; ++i) g.go([&] { ++n; });
    g.wait();
    EXPECT_EQ(n, 20);
  });
}

TEST_P(Errgroup, WhatWasCapturedIsGoneWhenTheWaitReturns) {
  in_main([] {
    std::atomic<int> alive = 0;
    errgroup g;
    g.go([x = lingering(alive)] {});
    g.go([x = lingering(alive)] { throw 5; });
    EXPECT_THROW(g.wait(), int);
    EXPECT_EQ(alive, 0);
  });
}

TEST_P(Errgroup, RethrowsTheFirstFailure) {
  in_main([] {
    errgroup g;
    auto first_failed = make_chan<void>();
    g.go([] { throw std::runtime_error("first"); });
    await_alone();
    g.go([] { throw std::logic_error("second"); });
    EXPECT_THROW(g.wait(), std::runtime_error);
  });
}

TEST_P(Errgroup, FailureCancelsTheContext) {
  in_main([] {
    auto [g, ctx] = errgroup::with_context(context::background());
    EXPECT_EQ(g.context(), ctx);
    g.go([ctx = ctx] { ctx.done().recv(); });
    g.go([] { throw 5; });
    EXPECT_THROW(g.wait(), int);
    EXPECT_EQ(ctx.err(), errc::canceled);
    EXPECT_THROW(std::rethrow_exception(ctx.cause()), int);
  });
}

TEST_P(Errgroup, WaitCancelsTheContextToo) {
  in_main([] {
    auto [g, ctx] = errgroup::with_context(context::background());
    g.go([] {});
    g.wait();
    EXPECT_EQ(ctx.err(), errc::canceled);
  });
}

TEST_P(Errgroup, LimitHoldsBackGo) {
  in_main([] {
    errgroup g;
    g.set_limit(3);
    std::atomic<int> inside = 0, most = 0;
    for (int i = 0; i < 50; ++i)
      g.go([&] {
        int now = ++inside;
        for (int m = most; now > m && !most.compare_exchange_weak(m, now);) {
        }
        yield();
        --inside;
      });
    g.wait();
    EXPECT_LE(most, 3);
    EXPECT_GE(most, 1);
  });
}

TEST_P(Errgroup, TryGoNeverWaitsAndTheLimitIsFixedWhileRunning) {
  in_main([] {
    errgroup g;
    g.set_limit(1);
    auto let_go = make_chan<void>();
    EXPECT_TRUE(g.try_go([let_go] { let_go.recv(); }));
    EXPECT_FALSE(g.try_go([] {}));
    EXPECT_THROW(g.set_limit(5), std::logic_error);
    let_go.close();
    g.wait();
    g.set_limit(0);
    EXPECT_FALSE(g.try_go([] {}));
  });
}

TEST_P(Errgroup, GoexitIsNoFailure) {
  in_main([] {
    errgroup g;
    g.go([] { goexit(); });
    EXPECT_NO_THROW(g.wait());
  });
}

}  // namespace
}  // namespace gosan::test
