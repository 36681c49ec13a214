// Two workers wait for their queues with a read lock held; a goroutine that wants to write waits for them, and they for
// signals that have been given already. Fixed: they wait without the lock, and for an item, not for a signal.
#include "../kernel.hpp"

#include <array>

namespace kernels {
namespace kubernetes_58107 {

constexpr int rounds = 100000;

struct queue {
  mutex m;
  condition_variable more;
  int items = 0;  // guarded by m
};

struct controller {
  shared_mutex m;
  std::array<queue, 2> queues;

  void sync_all() {
    for (int i = 0; i < rounds; ++i) {
      std::lock_guard hold(m);
      sleep_for(1ns);
    }
  }
};

namespace buggy {

void work(controller& c, queue& q) {
  std::shared_lock hold(c.m);
  std::unique_lock hold_queue(q.m);
  q.more.wait(hold_queue);
}

void run() {
  auto c = std::make_shared<controller>();
  go([c] {
    for (queue& q : c->queues) go([c, &q] { work(*c, q); });
  });
  go([c] { c->sync_all(); });
  for (int i = 0; i < rounds; ++i) {
    for (queue& q : c->queues) q.more.notify_one();
  }
}

}  // namespace buggy

namespace fixed {

void work(controller& c, queue& q) {
  {
    std::unique_lock hold_queue(q.m);
    while (q.items == 0) q.more.wait(hold_queue);
    --q.items;
  }
  std::shared_lock hold(c.m);
}

void run() {
  auto c = std::make_shared<controller>();
  wait_group syncing;
  go([c] {
    for (queue& q : c->queues) go([c, &q] { work(*c, q); });
  });
  syncing.go([c] { c->sync_all(); });
  for (int i = 0; i < rounds; ++i) {
    for (queue& q : c->queues) {
      std::lock_guard hold(q.m);
      ++q.items;
      q.more.notify_one();
    }
  }
  syncing.wait();
}

}  // namespace fixed
}  // namespace kubernetes_58107

GOSAN_KERNEL(kubernetes_58107, "Resource Deadlock / RWR deadlock", GOSAN_BLOCKING);
}  // namespace kernels
