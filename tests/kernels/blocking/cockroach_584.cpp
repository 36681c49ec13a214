// Two phases in turn; each leaves without unlocking when the gossip is closed, so the second waits for the lock that the
// first has left behind. Fixed: unlocked on that path too.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_584 {

struct gossip {
  mutex m;
  bool closed = false;
};

namespace buggy {

void bootstrap(gossip& g) {
  g.m.lock();
  if (g.closed) return;
  g.m.unlock();
}

void manage(gossip& g) {
  g.m.lock();
  if (g.closed) return;
  g.m.unlock();
}

void run() {
  auto g = std::make_shared<gossip>();
  g->closed = true;
  go([g] {
    bootstrap(*g);
    manage(*g);
  });
}

}  // namespace buggy

namespace fixed {

void bootstrap(gossip& g) {
  g.m.lock();
  if (g.closed) {
    g.m.unlock();
    return;
  }
  g.m.unlock();
}

void manage(gossip& g) {
  g.m.lock();
  if (g.closed) {
    g.m.unlock();
    return;
  }
  g.m.unlock();
}

void run() {
  auto g = std::make_shared<gossip>();
  g->closed = true;
  go([g] {
    bootstrap(*g);
    manage(*g);
  });
}

}  // namespace fixed
}  // namespace cockroach_584

GOSAN_KERNEL(cockroach_584, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
