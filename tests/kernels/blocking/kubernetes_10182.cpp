// Two setters send a status with the lock held that the only receiver takes after each one.
// Fixed: sent after unlocking.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_10182 {

struct manager {
  shared_mutex m;
  chan<int> status = make_chan<int>();

  void sync() {
    for (int i = 0; i < 2; ++i) {
      status.recv();
      std::lock_guard hold(m);
    }
  }
};

void start(const std::shared_ptr<manager>& s) {
  go([s] { s->sync(); });
}

namespace buggy {

void set(manager& s) {
  std::lock_guard hold(s.m);
  s.status.send(1);
}

void run() {
  auto s = std::make_shared<manager>();
  go([s] { start(s); });
  go([s] { set(*s); });
  go([s] { set(*s); });
}

}  // namespace buggy

namespace fixed {

void set(manager& s) {
  { std::lock_guard hold(s.m); }
  s.status.send(1);
}

void run() {
  auto s = std::make_shared<manager>();
  go([s] { start(s); });
  go([s] { set(*s); });
  go([s] { set(*s); });
}

}  // namespace fixed
}  // namespace kubernetes_10182

GOSAN_KERNEL(kubernetes_10182, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
