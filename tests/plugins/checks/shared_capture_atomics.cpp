// checks: -*,gosan-shared-capture
// Locks that are made of atomics or can be waited for a while only, and goroutines of which an atomic tells which one goes on.
#include <gosan/gosan.hpp>

#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

// ---- What it flags ----

void an_atomic_that_tells_nothing() {
  std::atomic<int> started{0};
  int n = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      ++started;
      if (i != 1) started.fetch_add(1);
      ++n;  // expect: gosan-shared-capture
    });
  group.wait();
}

// ---- What it does not ----

void a_lock_of_a_flag() {
  std::atomic_flag taken = ATOMIC_FLAG_INIT;
  int n = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      while (taken.test_and_set()) gosan::yield();
      ++n;
      taken.clear();
    });
  group.wait();
}
void a_lock_of_an_atomic() {
  std::atomic<bool> taken{false};
  int n = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      while (taken.exchange(true)) {
      }
      ++n;
      taken.store(false);
    });
  group.wait();
}
void the_first() {
  std::atomic<int> owner{0};
  int n = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      int nobody = 0;
      if (owner.compare_exchange_strong(nobody, 1)) n = 1;
    });
  group.wait();
}
void the_last() {
  std::atomic<int> left{3};
  int result = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      if (--left == 0) result = 1;
    });
  group.wait();
}
void by_number() {
  std::atomic<int> next{0};
  int result = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      int own = next++;
      if (own == 0) result = 1;
    });
  group.wait();
}
void timed_locks() {
  std::timed_mutex one;
  std::recursive_timed_mutex two;
  std::shared_timed_mutex three;
  int a = 0, b = 0, c = 0;
  std::thread other([&] {
    if (one.try_lock_for(std::chrono::seconds(1))) {
      ++a;
      one.unlock();
    }
  });
  std::thread another([&] {
    std::lock_guard hold(two);
    ++b;
    std::unique_lock write(three);
    ++c;
  });
  {
    std::unique_lock hold(one, std::chrono::seconds(1));
    if (hold) ++a;
  }
  {
    std::lock_guard hold(two);
    std::lock_guard again(two);
    ++b;
  }
  {
    std::shared_lock read(three);
    (void)c;
  }
  other.join();
  another.join();
}

class spin_lock {
 public:
  void lock() {
    while (taken_.test_and_set()) {
    }
  }
  void unlock() { taken_.clear(); }

 private:
  std::atomic_flag taken_ = ATOMIC_FLAG_INIT;
};
class lock_of_others {
 public:
  void lock();
  void unlock();
};
void guards_of_unknown_locks() {
  spin_lock one;
  lock_of_others two;
  int a = 0, b = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      std::lock_guard hold(one);
      ++a;
    });
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      std::unique_lock<lock_of_others> hold(two);
      ++b;
    });
  group.wait();
}
void two_unknown_locks() {
  spin_lock one, two;
  int n = 0;
  gosan::wait_group group;
  group.go([&] {
    std::lock_guard hold(one);
    ++n;  // note: the other writes it here
  });
  group.go([&] {
    std::lock_guard hold(two);
    ++n;  // expect: gosan-shared-capture
  });
  group.wait();
}
