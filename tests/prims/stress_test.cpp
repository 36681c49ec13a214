// Everything at once, on more goroutines than processors.
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <shared_mutex>

#include "fixture.hpp"

namespace gosan::test {
namespace {

using namespace std::chrono_literals;
struct round_over {};
GOSAN_SUITE_ON_PROCESSORS(Stress, on_processors, 1, 2, 4, 8, 64);

TEST_P(Stress, ChannelsCarryEverythingExactlyOnce) {
  in_main([] {
    for (std::size_t capacity : {0u, 1u, 7u, 128u}) {
      auto c = make_chan<std::unique_ptr<long>>(capacity);
      std::atomic<long> sum = 0;
      wait_group senders, receivers;
      for (int s = 0; s < 8; ++s)
        senders.go([=] {
          for (long i = 1; i <= 2000; ++i) c.send(std::make_unique<long>(i));
        });
      for (int r = 0; r < 8; ++r)
        receivers.go([&, c] {
          for (auto&& v : c) sum += *v;
        });
      senders.wait();
      c.close();
      receivers.wait();
      EXPECT_EQ(sum, 8L * 2000 * 2001 / 2);
    }
  });
}

TEST_P(Stress, CloseAgainstSendersReceiversAndSelects) {
  in_main([] {
    for (int round = 0; round < 200; ++round) {
      auto c = make_chan<int>(static_cast<std::size_t>(round % 3));
      auto other = make_chan<int>();
      wait_group wg;
      for (int i = 0; i < 3; ++i) {
        wg.go([=] { panic_of([&] { c.send(1); }); });
        wg.go([=] {
          while (c.recv()) {
          }
        });
        wg.go([=] { panic_of([&] { select(send_case(c, 2), recv_case(other)); }); });
        wg.go([=] { select(recv_case(c), recv_case(other)); });
      }
      wg.go([=] { c.close(); });  // NOLINT(gosan-receiver-close)
      wg.wait();
    }
  });
}

TEST_P(Stress, LocksAndConditions) {
  in_main([] {
    mutex m;
    shared_mutex rw;
    condition_variable cv;
    semaphore sem(3);
    long turns = 0, value = 0;
    std::atomic<int> inside = 0;
    wait_group wg;
    for (int i = 0; i < 8; ++i) {
      wg.go([&, i] {
        for (int k = 0; k < 300; ++k) {
          std::unique_lock hold(m);
          cv.wait(hold, [&] { return turns % 8 == i; });
          ++turns;
          cv.notify_all();
        }
      });
      wg.go([&] {
        for (int k = 0; k < 1000; ++k)
          if (k % 10 == 0) {
            std::unique_lock hold(rw);
            ++value;
          } else {
            std::shared_lock hold(rw);
          }
      });
      wg.go([&] {
        for (int k = 0; k < 1000; ++k) {
          sem.acquire();
          EXPECT_LE(++inside, 3);
          --inside;
          sem.release();
        }
      });
    }
    wg.wait();
    EXPECT_EQ(turns, 2400);
    EXPECT_EQ(value, 800);
  });
}

TEST_P(Stress, TimersAgainstStopResetAndSelect) {
  in_main([] {
    wait_group wg;
    for (int i = 0; i < 8; ++i)
      wg.go([i] {
        timer t{10us};
        for (int k = 0; k < 300; ++k) {
          t.reset(std::chrono::microseconds((k * 7 + i) % 40));
          select(recv_case(t.chan()), recv_case(after(20us)));  // NOLINT(gosan-after-in-loop)
          if (k % 3 == 0) t.stop();
        }
      });
    wg.wait();
  });
}

TEST_P(Stress, ContextsAgainstTheirWaiters) {
  in_main([] {
    for (int round = 0; round < 50; ++round) {
      auto [root, cancel] = with_cancel(context::background());
      semaphore sem(1);
      wait_group wg;
      std::atomic<int> ran = 0;
      for (int i = 0; i < 10; ++i) {
        auto [child, cancel_child] = with_timeout(root, std::chrono::microseconds(50 * i));  // NOLINT(gosan-lost-cancel)
        wg.go([&, ctx = child] {
          if (!sem.acquire(ctx)) {
            yield();
            sem.release();
          }
        });
        wg.add();
        after_func(child, [&] {
          ++ran;
          wg.done();
        });
      }
      cancel();
      wg.wait();
      EXPECT_EQ(ran, 10);
    }
  });
}

// The last done() must not touch what the woken waiter frees at once.
TEST_P(Stress, WaitGroupsGoAsSoonAsTheirWaitHasReturned) {
  in_main([] {
    for (int round = 0; round < 500; ++round) {
      constexpr int waiters = 2, members = 6;
      auto group = std::make_unique<wait_group>();
      std::atomic<int> waiting = waiters, ended = 0;
      wait_group all;
      for (int i = 0; i < members; ++i) group->go([&] { ++ended; });
      for (int i = 0; i < waiters; ++i)
        all.go([&] {
          group->wait();
          EXPECT_EQ(ended, members);
          if (--waiting == 0) group.reset();
        });
      all.wait();
    }
  });
}

TEST_P(Stress, BarriersOncesPoolsAndErrgroups) {
  in_main([] {
    constexpr int members = 6, rounds = 100;
    barrier meet(members);
    std::vector<once> first(rounds);
    pool<std::vector<int>> spare;
    std::atomic<int> calls = 0, arrived = 0;
    errgroup group;
    group.set_limit(members);
    for (int i = 0; i < members; ++i)
      group.go([&] {
        for (int round = 0; round < rounds; ++round) {
          ++arrived;
          meet.arrive_and_wait();
          EXPECT_GE(arrived, (round + 1) * members);
          first[static_cast<std::size_t>(round)].call([&] { ++calls; });
          EXPECT_GE(calls, round + 1);
          std::vector<int> v = spare.get();
          v.push_back(round);
          spare.put(std::move(v));
        }
        throw round_over{};
      });
    EXPECT_THROW(group.wait(), round_over);
    EXPECT_EQ(calls, rounds);
    EXPECT_EQ(arrived, rounds * members);
  });
}

TEST_P(Stress, BlockingCallsAndSockets) {
  in_main([] {
    wait_group wg;
    for (int i = 0; i < 8; ++i)
      wg.go([] {
        int ends[2];
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        wait_group other;
        other.go([&] {
          for (char c = 0; c < 50; ++c) {
            if (c % 7 == 0) blocking([] { yield(); });
            EXPECT_EQ(write(ends[1], &c, 1), 1);
          }
        });
        for (char want = 0; want < 50; ++want) {
          char got = -1;
          EXPECT_TRUE(wait_readable(ends[0]));
          EXPECT_EQ(blocking([&] { return read(ends[0], &got, 1); }), 1);
          EXPECT_EQ(got, want);
        }
        other.wait();
        close(ends[0]), close(ends[1]);
      });
    wg.wait();
  });
}

TEST_P(Stress, ThreadsAndGoroutinesTogether) {
  in_main([] {
    auto c = make_chan<int>(4);
    mutex m;
    long sum = 0;
    std::vector<std::thread> threads;
    wait_group producing, consuming;
    auto produce = [=] {
      for (int i = 0; i < 500; ++i) c.send(1);
    };
    auto consume = [&, c] {
      for (int v : c) {
        std::lock_guard hold(m);
        sum += v;
      }
    };
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back(produce);
      threads.emplace_back(consume);
      producing.go(produce);
      consuming.go(consume);
    }
    producing.wait();
    threads[0].join();
    threads[2].join();
    c.close();
    threads[1].join();
    threads[3].join();
    consuming.wait();
    EXPECT_EQ(sum, 2000);
  });
}

}  // namespace
}  // namespace gosan::test
