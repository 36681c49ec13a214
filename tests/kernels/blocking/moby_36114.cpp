// A container's restart holds the lock that its helper takes too. Fixed: the helper assumes that it is held.
#include "../kernel.hpp"

namespace kernels {
namespace moby_36114 {

struct service {
  mutex m;
  int attached = 0;  // guarded by m
};

namespace buggy {

void hot_add(service& s) {
  std::lock_guard hold(s.m);
  ++s.attached;
}

void start(service& s) {
  std::lock_guard hold(s.m);
  hot_add(s);
}

void run() {
  auto s = std::make_shared<service>();
  go([s] { start(*s); });
}

}  // namespace buggy

namespace fixed {

// m is held.
void hot_add(service& s) { ++s.attached; }

void start(service& s) {
  std::lock_guard hold(s.m);
  hot_add(s);
}

void run() {
  auto s = std::make_shared<service>();
  go([s] { start(*s); });
}

}  // namespace fixed
}  // namespace moby_36114

GOSAN_KERNEL(moby_36114, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
