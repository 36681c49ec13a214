// Stopping a broadcast waits, with the mutex held, for the goroutine that needs it for the last update.
// Fixed: unlocked before it waits.
#include "../kernel.hpp"

namespace kernels {
namespace etcd_6873 {

struct broadcast {
  mutex m;
  chan<int> updates = make_chan<int>(1);
  chan<void> done = make_chan<void>();

  void serve() {
    for ([[maybe_unused]] int update : updates) std::lock_guard hold(m);
    done.close();
  }
  void update() { select(send_case(updates, 1), default_case()); }
};

namespace buggy {

void stop(broadcast& b) {
  std::lock_guard hold(b.m);
  b.updates.close();
  b.done.recv();
}

void run() {
  auto b = std::make_shared<broadcast>();
  go([b] { b->serve(); });
  b->update();
  go([b] { stop(*b); });
}

}  // namespace buggy

namespace fixed {

void stop(broadcast& b) {
  {
    std::lock_guard hold(b.m);
    b.updates.close();
  }
  b.done.recv();
}

void run() {
  auto b = std::make_shared<broadcast>();
  go([b] { b->serve(); });
  b->update();
  go([b] { stop(*b); });
}

}  // namespace fixed
}  // namespace etcd_6873

GOSAN_KERNEL(etcd_6873, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
