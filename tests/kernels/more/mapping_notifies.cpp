// A port mapping clears its addresses locked, and notifies whoever listens, who asks for the addresses: a read lock of
// the same lock. Fixed: notified after unlocking.
#include "../kernel.hpp"

namespace kernels {
namespace mapping_notifies {

struct mapping {
  shared_mutex m;
  std::vector<std::string> addresses{"a"};  // guarded by m
  std::function<void()> on_change;

  std::size_t count() {
    std::shared_lock hold(m);
    return addresses.size();
  }
};

namespace buggy {

void clear(mapping& x) {
  std::lock_guard hold(x.m);
  x.addresses.clear();
  x.on_change();
}

void run() {
  auto x = std::make_shared<mapping>();
  x->on_change = [x = x.get()] { x->count(); };
  clear(*x);
}

}  // namespace buggy

namespace fixed {

void clear(mapping& x) {
  {
    std::lock_guard hold(x.m);
    x.addresses.clear();
  }
  x.on_change();
}

void run() {
  auto x = std::make_shared<mapping>();
  x->on_change = [x = x.get()] { x->count(); };
  clear(*x);
}

}  // namespace fixed
}  // namespace mapping_notifies

GOSAN_KERNEL(mapping_notifies, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
