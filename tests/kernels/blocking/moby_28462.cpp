// A health monitor is stopped by a message, sent with the container's lock held; the monitor may be on its way to that
// lock. Fixed: the stop channel is closed.
#include "../kernel.hpp"

namespace kernels {
namespace moby_28462 {

struct container {
  mutex m;
  chan<void> stop = make_chan<void>();

  void monitor() {
    while (select(recv_case(stop), default_case()) == 1) std::lock_guard hold(m);
  }
};

namespace buggy {

void shut_down(container& c) {
  std::lock_guard hold(c.m);
  c.stop.send();
}

void run() {
  auto c = std::make_shared<container>();
  go([c] { c->monitor(); });
  go([c] { shut_down(*c); });
}

}  // namespace buggy

namespace fixed {

void shut_down(container& c) {
  std::lock_guard hold(c.m);
  c.stop.close();
}

void run() {
  auto c = std::make_shared<container>();
  go([c] { c->monitor(); });
  go([c] { shut_down(*c); });
}

}  // namespace fixed
}  // namespace moby_28462

GOSAN_KERNEL(moby_28462, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
