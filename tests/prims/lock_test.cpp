// The locks of gosan/sync.hpp: mutex, shared_mutex, condition_variable.
#include <mutex>
#include <shared_mutex>

#include "fixture.hpp"

namespace gosan::test {
namespace {

GOSAN_ON_PROCESSORS(Mutex);
GOSAN_ON_PROCESSORS(SharedMutex);
GOSAN_ON_PROCESSORS(Condition);

constinit mutex constant_initialised_mutex;
constinit shared_mutex constant_initialised_shared_mutex;
constinit condition_variable constant_initialised_condition;
constinit wait_group constant_initialised_wait_group;
constinit once constant_initialised_once;
constinit semaphore constant_initialised_semaphore{1};
constinit barrier constant_initialised_barrier{1};

TEST_P(Mutex, ExcludesEachOther) {
  in_main([] {
    mutex m;
    int inside = 0, count = 0;
    wait_group wg;
    for (int i = 0; i < 16; ++i)
      wg.go([&] {
        for (int k = 0; k < 500; ++k) {
          std::lock_guard hold(m);
          EXPECT_EQ(++inside, 1);
          ++count;
          if (k % 50 == 0) yield();
          --inside;
        }
      });
    wg.wait();
    EXPECT_EQ(count, 16 * 500);
  });
}

TEST_P(Mutex, TryLockNeverWaits) {
  in_main([] {
    mutex m;
    EXPECT_TRUE(m.try_lock());
    EXPECT_FALSE(m.try_lock());
    m.unlock();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

TEST_P(Mutex, MayBeUnlockedByAnother) {
  in_main([] {
    mutex m;
    m.lock();
    go([&] { m.unlock(); });
    m.lock();
    m.unlock();
  });
}

TEST_P(Mutex, UnlockOfUnlockedPanicsAndLeavesItUsable) {
  in_main([] {
    mutex m;
    EXPECT_EQ(panic_of([&] { m.unlock(); }), panic_code::unlock_of_unlocked);
    std::lock_guard hold(m);
  });
}

// A waiter that loses against a goroutine that locks again and again gets it all the same.
TEST_P(Mutex, WaiterIsNotStarved) {
  in_main([] {
    mutex m;
    std::atomic<bool> got = false;
    m.lock();
    go([&] {
      std::lock_guard hold(m);
      got = true;
    });
    await_parked(wait::mutex_lock);
    while (!got) {
      m.unlock();
      m.lock();
      yield();
    }
    m.unlock();
  });
}

TEST_P(Mutex, IsFreeToGoRightAfterTheLastUnlock) {
  in_main([] {
    for (int i = 0; i < 300; ++i) {
      struct shared {
        mutex m;
        int users = 2;
      };
      auto* s = new shared;
      auto leave = [s] {
        s->m.lock();
        bool last = --s->users == 0;
        s->m.unlock();
        if (last) delete s;
      };
      go(leave);
      leave();
    }
  });
}

TEST_P(Mutex, ThreadsAndGoroutinesShareIt) {
  in_main([] {
    mutex m;
    int n = 0;
    auto count = [&] {
      for (int i = 0; i < 2000; ++i) {
        std::lock_guard hold(m);
        ++n;
      }
    };
    std::thread t(count);
    wait_group wg;
    wg.go(count);
    wg.go(count);
    wg.wait();
    t.join();
    EXPECT_EQ(n, 6000);
  });
}

TEST_P(SharedMutex, ReadersShareWritersDoNot) {
  in_main([] {
    shared_mutex m;
    std::shared_lock one(m), two(m);  // NOLINT(gosan-double-lock)
    EXPECT_FALSE(m.try_lock());
    EXPECT_TRUE(m.try_lock_shared());
    m.unlock_shared();
    one.unlock();
    two.unlock();
    std::unique_lock writer(m);
    EXPECT_FALSE(m.try_lock());
    EXPECT_FALSE(m.try_lock_shared());
  });
}

TEST_P(SharedMutex, WaitingWriterHoldsBackNewReaders) {
  in_main([] {
    shared_mutex m;
    std::vector<int> order;
    m.lock_shared();
    go([&] {
      std::unique_lock hold(m);
      order.push_back(1);
    });
    await_parked(wait::exclusive_lock);
    EXPECT_FALSE(m.try_lock_shared());
    auto done = make_chan<void>();
    go([&, done] {
      std::shared_lock hold(m);
      order.push_back(2);
      done.close();
    });
    await_parked(wait::shared_lock);
    m.unlock_shared();
    done.recv();
    EXPECT_THAT(order, ::testing::ElementsAre(1, 2));
  });
}

TEST_P(SharedMutex, WaitingReadersComeBeforeTheNextWriter) {
  in_main([] {
    shared_mutex m;
    std::atomic<int> readers = 0;
    int seen_by_writer = -1;
    m.lock();
    wait_group wg;
    wg.go([&] {
      std::unique_lock hold(m);
      seen_by_writer = readers;
    });
    await_parked(wait::exclusive_lock);
    for (int i = 0; i < 3; ++i)
      wg.go([&] {
        std::shared_lock hold(m);
        ++readers;
      });
    await_parked(wait::shared_lock, 3);
    m.unlock();
    wg.wait();
    EXPECT_EQ(seen_by_writer, 3);
  });
}

TEST_P(SharedMutex, MisusePanics) {
  in_main([] {
    shared_mutex m;
    EXPECT_EQ(panic_of([&] { m.unlock(); }), panic_code::unlock_of_unlocked);
    EXPECT_EQ(panic_of([&] { m.unlock_shared(); }), panic_code::unlock_of_unlocked);
    m.lock_shared();
    EXPECT_EQ(panic_of([&] { m.unlock(); }), panic_code::unlock_of_unlocked);
    m.unlock_shared();
  });
}

TEST_P(SharedMutex, WritersAreAloneAmongReaders) {
  in_main([] {
    shared_mutex m;
    int value = 0;
    wait_group wg;
    for (int i = 0; i < 4; ++i)
      wg.go([&] {
        for (int k = 0; k < 200; ++k) {
          std::unique_lock hold(m);
          int before = value;
          if (k % 20 == 0) yield();
          value = before + 1;
        }
      });
    for (int i = 0; i < 8; ++i)
      wg.go([&] {
        for (int k = 0; k < 200; ++k) {
          std::shared_lock hold(m);
          int before = value;
          if (k % 20 == 0) yield();
          EXPECT_EQ(value, before);
        }
      });
    wg.wait();
    EXPECT_EQ(value, 800);
  });
}

template <class L>
void waits_and_is_notified(L& lock, wait_group& wg) {
  condition_variable cv;
  bool ready = false;
  wg.go([&] {
    lock.lock();
    cv.wait(lock, [&] { return ready; });
    lock.unlock();
  });
  await_parked(wait::cond_wait);
  lock.lock();
  ready = true;
  lock.unlock();
  cv.notify_one();
  wg.wait();
}

TEST_P(Condition, WaitsWithAnyLock) {
  in_main([] {
    wait_group wg;
    mutex m;
    shared_mutex sm;
    waits_and_is_notified(m, wg);
    waits_and_is_notified(sm, wg);
    std::unique_lock ul(m, std::defer_lock);
    std::shared_lock sl(sm, std::defer_lock);
    condition_variable cv;
    bool ready = false;
    wg.go([&] {
      std::shared_lock hold(sm);
      cv.wait(hold, [&] { return ready; });
    });
    await_parked(wait::cond_wait);
    {
      std::unique_lock hold(sm);
      ready = true;
    }
    cv.notify_all();
    wg.wait();
  });
}

TEST_P(Condition, NotifyOneWakesTheLongestWaiterOnly) {
  in_main([] {
    mutex m;
    condition_variable cv;
    std::vector<int> woken;
    for (int i = 0; i < 3; ++i) {
      go([&, i] {
        std::unique_lock hold(m);
        cv.wait(hold);
        woken.push_back(i);
      });
      await_parked(wait::cond_wait, static_cast<std::size_t>(i) + 1);
    }
    for (std::size_t n = 1; n <= 3; ++n) {
      cv.notify_one();
      while (parked(wait::cond_wait) != 3 - n) yield();
      for (std::unique_lock hold(m); woken.size() < n; hold.lock()) {
        hold.unlock();
        yield();
      }
    }
    EXPECT_THAT(woken, ::testing::ElementsAre(0, 1, 2));
    cv.notify_one();  // nobody: nothing is kept
  });
}

TEST_P(Condition, NotifyBetweenUnlockAndParkIsNotLost) {
  in_main([] {
    condition_variable cv;
    struct notifying_lock {
      condition_variable& cv;
      void lock() {}
      void unlock() { cv.notify_one(); }  // just after the wait was announced, just before it parks
    } lock{cv};
    cv.wait(lock);
  });
}

TEST_P(Condition, ThrowingUnlockLeavesTheQueue) {
  in_main([] {
    condition_variable cv;
    struct throwing_lock {
      void lock() {}
      void unlock() { throw 1; }
    } lock;
    EXPECT_THROW(cv.wait(lock), int);
    cv.notify_all();
  });
}

TEST_P(Condition, LimitedWaitEndsWithoutNotification) {
  in_main([] {
    using namespace std::chrono_literals;
    mutex m;
    condition_variable cv;
    std::unique_lock hold(m);
    EXPECT_EQ(cv.wait_for(hold, 1ms), std::cv_status::timeout);
    EXPECT_FALSE(cv.wait_until(hold, std::chrono::system_clock::now() + 1ms, [] { return false; }));
    EXPECT_TRUE(hold.owns_lock());
    go([&] {
      std::unique_lock mine(m);
      cv.notify_one();
    });
    EXPECT_EQ(cv.wait_for(hold, 1h), std::cv_status::no_timeout);
  });
}

}  // namespace
}  // namespace gosan::test
