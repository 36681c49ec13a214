// A plugin is waited for until it is activated, which nobody does. Fixed: somebody sets the flag and broadcasts.
#include "../kernel.hpp"

namespace kernels {
namespace moby_29733 {

struct plugin {
  mutex m;
  condition_variable changed;
  bool activated = false;  // guarded by m

  void wait_active() {
    std::unique_lock hold(m);
    while (!activated) changed.wait(hold);
  }
  void activate() {
    std::lock_guard hold(m);
    activated = true;
    changed.notify_all();
  }
};

namespace buggy {

void run() {
  auto p = std::make_shared<plugin>();
  auto done = make_chan<void>();
  go([p, done] {
    p->wait_active();
    done.close();
  });
  done.recv();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto p = std::make_shared<plugin>();
  auto done = make_chan<void>();
  go([p, done] {
    p->wait_active();
    done.close();
  });
  p->activate();
  done.recv();
}

}  // namespace fixed
}  // namespace moby_29733

GOSAN_KERNEL(moby_29733, "Communication Deadlock / Condition Variable", GOSAN_BLOCKING);
}  // namespace kernels
