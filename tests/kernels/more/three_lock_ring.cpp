// A controller, its queue and its informer, each with a lock: the controller calls the queue locked, the queue its
// informer's store, and the informer's events go to the controller. Fixed: events are delivered without the informer's lock.
#include "../kernel.hpp"

namespace kernels {
namespace three_lock_ring {

struct parts {
  mutex controller, queue, informer;
  int clusters = 0;  // guarded by controller
};

void reconcile(parts& p) {
  std::lock_guard hold(p.controller);
  std::lock_guard hold_queue(p.queue);
}

void pop(parts& p) {
  std::lock_guard hold(p.queue);
  std::lock_guard hold_informer(p.informer);
}

namespace buggy {

void on_event(parts& p) {
  std::lock_guard hold(p.informer);
  std::lock_guard hold_controller(p.controller);
  ++p.clusters;
}

void run() {
  auto p = std::make_shared<parts>();
  go([p] { reconcile(*p); });
  go([p] { pop(*p); });
  go([p] { on_event(*p); });
}

}  // namespace buggy

namespace fixed {

void on_event(parts& p) {
  { std::lock_guard hold(p.informer); }
  std::lock_guard hold_controller(p.controller);
  ++p.clusters;
}

void run() {
  auto p = std::make_shared<parts>();
  go([p] { reconcile(*p); });
  go([p] { pop(*p); });
  go([p] { on_event(*p); });
}

}  // namespace fixed
}  // namespace three_lock_ring

GOSAN_KERNEL(three_lock_ring, "Resource Deadlock / AB-BA deadlock", GOSAN_BLOCKING);
}  // namespace kernels
