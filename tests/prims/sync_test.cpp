// wait_group, once, semaphore, barrier, pool.
#include "fixture.hpp"

namespace gosan::test {
namespace {

GOSAN_ON_PROCESSORS(WaitGroup);
GOSAN_ON_PROCESSORS(Once);
GOSAN_ON_PROCESSORS(Semaphore);
GOSAN_ON_PROCESSORS(Barrier);
GOSAN_ON_PROCESSORS(Pool);

TEST_P(WaitGroup, WaitsForAll) {
  in_main([] {
    wait_group wg;
    std::atomic<int> ran = 0;
    for (int i = 0; i < 100; ++i) wg.go([&](int by) { ran += by; }, 2);
    wg.wait();
    EXPECT_EQ(ran, 200);
    wg.wait();  // at zero: does not wait
  });
}

TEST_P(WaitGroup, CanBeUsedForRoundAfterRound) {
  in_main([] {
    wait_group wg;
    for (int round = 0; round < 100; ++round) {
      int n = 0;
      wg.go([&] { ++n; });
      wg.wait();
      EXPECT_EQ(n, 1);
    }
  });
}

TEST_P(WaitGroup, ManyWaitersAreAllReleased) {
  in_main([] {
    wait_group wg, waiters;
    wg.add(2);
    for (int i = 0; i < 5; ++i) waiters.go([&] { wg.wait(); });
    await_parked(wait::wait_group_wait, 5);
    wg.done();
    EXPECT_EQ(parked(wait::wait_group_wait), 5u);
    wg.done();
    waiters.wait();
  });
}

TEST_P(WaitGroup, NegativeCounterPanicsAndChangesNothing) {
  in_main([] {
    wait_group wg;
    EXPECT_EQ(panic_of([&] { wg.done(); }), panic_code::negative_wait_group);
    wg.add(2);
    EXPECT_EQ(panic_of([&] { wg.add(-3); }), panic_code::negative_wait_group);
    wg.add(-2);
    wg.wait();
  });
}

TEST_P(WaitGroup, ReuseBeforeTheWaitReturnedPanics) {
  in_main([] {
    gomaxprocs(1);  // the woken waiter cannot run before this goroutine parks
    wait_group wg;
    auto result = make_chan<bool>(1);
    wg.add();
    go([&] { result.send(panic_of([&] { wg.wait(); }) == panic_code::wait_group_reused); });
    await_parked(wait::wait_group_wait);
    wg.done();
    wg.add();
    EXPECT_EQ(result.recv(), true);
    wg.done();
  });
}

TEST_P(WaitGroup, CountsDownWhenTheFunctionEndsByGoexit) {
  in_main([] {
    wait_group wg;
    wg.go([] { goexit(); });
    wg.wait();
  });
}

TEST_P(WaitGroup, WhatWasCapturedIsGoneWhenTheWaitReturns) {
  in_main([] {
    std::atomic<int> alive = 0;
    wait_group wg;
    wg.go([x = lingering(alive)](const lingering&) {}, lingering(alive));
    wg.go([x = lingering(alive)] { goexit(); });
    wg.wait();
    EXPECT_EQ(alive, 0);
  });
}

TEST_P(Once, CallsOnceAndAllWaitForIt) {
  in_main([] {
    once o;
    int calls = 0;
    auto let_go = make_chan<void>();
    wait_group wg;
    std::atomic<int> returned = 0;
    for (int i = 0; i < 4; ++i)
      wg.go([&, let_go] {
        o.call([&] {
          ++calls;
          let_go.recv();
        });
        ++returned;
      });
    await_parked(wait::once_call, 3);
    EXPECT_EQ(returned, 0);
    let_go.close();
    wg.wait();
    EXPECT_EQ(calls, 1);
    o.call([&] { ++calls; });
    EXPECT_EQ(calls, 1);
  });
}

TEST_P(Once, StaysDoneWhenTheFunctionThrows) {
  in_main([] {
    once o;
    EXPECT_THROW(o.call([] { throw 1; }), int);
    bool again = false;
    o.call([&] { again = true; });
    EXPECT_FALSE(again);
  });
}

TEST_P(Semaphore, CountsUnits) {
  in_main([] {
    semaphore s(3);
    s.acquire(2);
    EXPECT_FALSE(s.try_acquire(2));
    EXPECT_TRUE(s.try_acquire());
    s.release(3);
    EXPECT_THROW(s.release(1), std::logic_error);
    EXPECT_TRUE(s.try_acquire(3));
    s.release(3);
  });
}

TEST_P(Semaphore, LargeWishIsNotPassedBySmallOnes) {
  in_main([] {
    semaphore s(2);
    std::vector<int> order;
    s.acquire(2);
    auto wants = [&](int n) {
      s.acquire(n);
      order.push_back(n);
      s.release(n);
    };
    wait_group wg;
    wg.go(wants, 2);
    await_parked(wait::sem_acquire, 1);
    wg.go(wants, 1);
    await_parked(wait::sem_acquire, 2);
    s.release(1);
    EXPECT_FALSE(s.try_acquire(1));
    EXPECT_EQ(parked(wait::sem_acquire), 2u);
    s.release(1);
    wg.wait();
    EXPECT_THAT(order, ::testing::ElementsAre(2, 1));
  });
}

TEST_P(Semaphore, GivesUpWhenItsContextIsDone) {
  in_main([] {
    semaphore s(1);
    s.acquire();
    auto [ctx, cancel] = with_cancel(context::background());
    auto result = make_chan<std::error_code>(1);
    go([&, ctx = ctx] { result.send(s.acquire(ctx)); });
    await_parked(wait::sem_acquire);
    cancel();
    EXPECT_EQ(*result.recv(), errc::canceled);
    EXPECT_EQ(s.acquire(ctx), errc::canceled) << "done already";
    s.release();
    EXPECT_FALSE(s.acquire(context::background()));
    s.release();
  });
}

TEST_P(Semaphore, WhoGivesUpLetsThoseBehindItThrough) {
  in_main([] {
    semaphore s(2);
    s.acquire();
    auto [ctx, cancel] = with_cancel(context::background());
    go([&, ctx = ctx] { EXPECT_TRUE(s.acquire(ctx, 2)); });
    await_parked(wait::sem_acquire, 1);
    go([&] { s.acquire(1); });
    await_parked(wait::sem_acquire, 2);
    cancel();
    await_alone();
    s.release(2);
  });
}

TEST_P(Barrier, NobodyLeavesBeforeAllHaveCome) {
  in_main([] {
    constexpr int n = 4, rounds = 50;
    barrier b(n);
    std::atomic<int> arrived = 0;
    std::atomic<int> last = 0;
    wait_group wg;
    for (int i = 0; i < n; ++i)
      wg.go([&] {
        for (int r = 1; r <= rounds; ++r) {
          ++arrived;
          last += b.arrive_and_wait();
          EXPECT_GE(arrived, r * n);
          b.arrive_and_wait();
        }
      });
    wg.wait();
    EXPECT_EQ(last, rounds);
  });
}

TEST_P(Barrier, DroppingOutMakesItSmaller) {
  in_main([] {
    barrier b(3);
    wait_group wg;
    for (int i = 0; i < 2; ++i)
      wg.go([&] {
        b.arrive_and_wait();
        b.arrive_and_wait();
      });
    await_parked(wait::barrier_wait, 2);
    b.arrive_and_drop();
    wg.wait();
  });
}

TEST_P(Pool, GivesBackWhatWasPutAndMakesNewOnes) {
  in_main([] {
    int made = 0;
    pool<std::unique_ptr<int>> p([&] { return std::make_unique<int>(++made); });
    auto a = p.get(), b = p.get();
    EXPECT_EQ(made, 2);
    int* address = a.get();
    p.put(std::move(a));
    EXPECT_EQ(p.get().get(), address);
    p.put(std::move(b));
  });
}

}  // namespace
}  // namespace gosan::test
