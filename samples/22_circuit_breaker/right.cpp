// A circuit breaker: the state is checked and changed in one critical section.
#include <gosan/gosan.hpp>

#include <chrono>
#include <cstdio>
#include <mutex>

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
    std::lock_guard hold(mutex_);
    if (!open_) return true;
    if (steady::now() - last_failure_ <= reset_) return false;
    open_ = false;
    failures_ = 0;
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
  gosan::mutex mutex_;
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
