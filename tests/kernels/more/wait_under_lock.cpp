// A shutdown waits for its workers with the lock held that a worker takes before it says that it is done.
// Fixed: unlocked for the wait.
#include "../kernel.hpp"

namespace kernels {
namespace wait_under_lock {

struct service {
  mutex m;
  int open = 2;  // guarded by m
  wait_group workers;

  void work() {
    {
      std::lock_guard hold(m);
      --open;
    }
    workers.done();
  }
};

void start(const std::shared_ptr<service>& s) {
  for (int i = 0; i < 2; ++i) {
    s->workers.add(1);
    go([s] { s->work(); });
  }
}

namespace buggy {

void shut_down(service& s) {
  std::lock_guard hold(s.m);
  s.workers.wait();
}

void run() {
  auto s = std::make_shared<service>();
  start(s);
  go([s] { shut_down(*s); });
}

}  // namespace buggy

namespace fixed {

void shut_down(service& s) {
  s.workers.wait();
  std::lock_guard hold(s.m);
}

void run() {
  auto s = std::make_shared<service>();
  start(s);
  go([s] { shut_down(*s); });
}

}  // namespace fixed
}  // namespace wait_under_lock

GOSAN_KERNEL(wait_under_lock, "Mixed Deadlock / WaitGroup & Lock", GOSAN_BLOCKING);
}  // namespace kernels
