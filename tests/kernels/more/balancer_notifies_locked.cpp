// A balancer announces addresses on a channel while it holds its lock; the watcher of that channel tears connections down,
// and each connection's end goes back into the balancer for the lock. Fixed: announced after unlocking.
#include "../kernel.hpp"

namespace kernels {
namespace balancer_notifies_locked {

struct balancer {
  shared_mutex m;
  bool closed = false;  // guarded by m
  int up = 1;           // guarded by m
  chan<int> announced = make_chan<int>();

  void down() {
    std::lock_guard hold(m);
    --up;
  }
  void watch() {
    for ([[maybe_unused]] int address : announced) down();
  }
};

namespace buggy {

void announce(balancer& b, int address) {
  std::shared_lock hold(b.m);
  if (b.closed) return;
  b.announced.send(address);
}

void close(balancer& b) {
  std::lock_guard hold(b.m);
  b.closed = true;
  b.announced.close();
}

void run() {
  auto b = std::make_shared<balancer>();
  go([b] { b->watch(); });
  go([b] {
    announce(*b, 1);
    announce(*b, 2);
    close(*b);
  });
}

}  // namespace buggy

namespace fixed {

void announce(balancer& b, int address) {
  {
    std::shared_lock hold(b.m);
    if (b.closed) return;
  }
  b.announced.send(address);
}

void close(balancer& b) {
  std::lock_guard hold(b.m);
  b.closed = true;
  b.announced.close();
}

void run() {
  auto b = std::make_shared<balancer>();
  go([b] { b->watch(); });
  go([b] {
    announce(*b, 1);
    announce(*b, 2);
    close(*b);
  });
}

}  // namespace fixed
}  // namespace balancer_notifies_locked

GOSAN_KERNEL(balancer_notifies_locked, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
