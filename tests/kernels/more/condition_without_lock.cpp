// The flag a goroutine waits for is set without the lock under which it is looked at. Fixed: with it.
#include "../kernel.hpp"

namespace kernels {
namespace condition_without_lock {

struct gate {
  mutex m;
  condition_variable changed;
  bool open = false;  // guarded by m, but for the mistake

  void wait() {
    std::unique_lock hold(m);
    while (!open) changed.wait(hold);
  }
};

namespace buggy {

void run() {
  auto g = make_forever<gate>();
  go([g] {
    g->open = true;
    std::lock_guard hold(g->m);
    g->changed.notify_all();
  });
  g->wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto g = make_forever<gate>();
  go([g] {
    std::lock_guard hold(g->m);
    g->open = true;
    g->changed.notify_all();
  });
  g->wait();
}

}  // namespace fixed
}  // namespace condition_without_lock

GOSAN_KERNEL(condition_without_lock, "Traditional / Data race", "data-race");
}  // namespace kernels
