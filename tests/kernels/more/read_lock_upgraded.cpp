// A cache's reader that finds an entry too old wants the write lock while it still has the read lock.
// Fixed: it gives the read lock back first and looks again.
#include "../kernel.hpp"

namespace kernels {
namespace read_lock_upgraded {

struct cache {
  shared_mutex m;
  int age = 10;  // guarded by m
};

namespace buggy {

int get(cache& c) {
  std::shared_lock hold(c.m);
  if (c.age > 5) {
    std::lock_guard write(c.m);
    c.age = 0;
  }
  return c.age;
}

void run() {
  auto c = std::make_shared<cache>();
  go([c] { get(*c); });
}

}  // namespace buggy

namespace fixed {

int get(cache& c) {
  {
    std::shared_lock hold(c.m);
    if (c.age <= 5) return c.age;
  }
  std::lock_guard write(c.m);
  if (c.age > 5) c.age = 0;
  return c.age;
}

void run() {
  auto c = std::make_shared<cache>();
  go([c] { get(*c); });
}

}  // namespace fixed
}  // namespace read_lock_upgraded

GOSAN_KERNEL(read_lock_upgraded, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
