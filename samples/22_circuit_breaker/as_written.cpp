// A circuit breaker as its author wrote it: to close the circuit again, may_execute() gives its read lock up, takes the
// write lock, and takes the read lock back before it returns. Every access is under the lock, so there is no race and
// nothing that can block for ever: the detectors are silent, and rightly so. But the state was checked in one critical
// section and is changed in another one: two callers can both find the time up, and the second wipes out failures that
// came in between. No detector of this kind sees that; see right.cpp.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <shared_mutex>

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

class circuit_breaker {
 public:
  circuit_breaker(int threshold, steady::duration reset) : threshold_(threshold), reset_(reset) {}

  // False when the circuit is open and f was not called.
  template <class F>
  bool execute(F f) {
    if (!may_execute()) return false;
    record(f());
    return true;
  }

 private:
  bool may_execute() {
    std::shared_lock hold(mutex_);
    if (!open_) return true;
    if (steady::now() - last_failure_ <= reset_) return false;
    hold.unlock();
    {
      std::lock_guard change(mutex_);
      open_ = false;
      failures_ = 0;
    }
    hold.lock();
    return true;
  }

  void record(bool success) {
    std::lock_guard hold(mutex_);
    if (success) {
      failures_ = 0;
      open_ = false;
      return;
    }
    last_failure_ = steady::now();
    open_ = ++failures_ >= threshold_ || open_;
  }

  const int threshold_;
  const steady::duration reset_;
  gosan::shared_mutex mutex_;
  int failures_ = 0;  // guarded by mutex_, as are:
  bool open_ = false;
  steady::time_point last_failure_;
};

int main() {
  circuit_breaker breaker(3, 1ms);
  gosan::wait_group callers;
  for (int i = 0; i < 8; ++i) {
    callers.go([&breaker, i] {
      for (int n = 0; n < 4; ++n) {
        if (!breaker.execute([&] { return i % 2 == 0; })) gosan::sleep_for(2ms);
      }
    });
  }
  callers.wait();
  std::puts("done");
}
