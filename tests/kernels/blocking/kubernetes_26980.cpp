// A listener's goroutine waits for the stop with the lock held that another one needs first, for which main waits before
// it stops anything. (main unlocks on behalf of that other goroutine.) Fixed: unlocked before it waits.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_26980 {

struct listener {
  shared_mutex m;
  condition_variable more;
  std::vector<int> pending;  // guarded by m

  void add(int item) {
    std::lock_guard hold(m);
    pending.push_back(item);
    more.notify_all();
  }
  // m is held. False when stopped.
  bool wait_for_items(const chan<void>& stop) {
    while (pending.empty()) {
      if (select(recv_case(stop), default_case()) == 0) return false;
      more.wait(m);
    }
    return true;
  }
};

namespace buggy {

void pop(listener& l, const chan<void>& stop) {
  std::lock_guard hold(l.m);
  if (!l.wait_for_items(stop)) return;
  select(recv_case(stop));
}

void run() {
  auto l = std::make_shared<listener>();
  auto stop = make_chan<void>();
  auto result = make_chan<void>();
  defer end{[&] { stop.close(); }};
  l->add(1);
  go([l, stop] { pop(*l, stop); });
  go([l, result] {
    l->m.lock();
    result.close();
  });
  result.recv();
  l->m.unlock();
}

}  // namespace buggy

namespace fixed {

void pop(listener& l, const chan<void>& stop) {
  {
    std::lock_guard hold(l.m);
    if (!l.wait_for_items(stop)) return;
  }
  select(recv_case(stop));
}

void run() {
  auto l = std::make_shared<listener>();
  auto stop = make_chan<void>();
  auto result = make_chan<void>();
  defer end{[&] { stop.close(); }};
  l->add(1);
  go([l, stop] { pop(*l, stop); });
  go([l, result] {
    l->m.lock();
    result.close();
  });
  result.recv();
  l->m.unlock();
}

}  // namespace fixed
}  // namespace kubernetes_26980

GOSAN_KERNEL(kubernetes_26980, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
