// A registry's getter locks, and returns a reference to what the lock guards. Fixed: it returns a copy.
#include "../nonblocking/cells.hpp"

namespace kernels {
namespace reference_leaves_lock {

struct registry {
  mutex m;
  list_cell<int> names;  // guarded by m

  void add(int name) {
    std::lock_guard hold(m);
    names.push(name);
  }
};

namespace buggy {

const list_cell<int>& names(registry& r) {
  std::lock_guard hold(r.m);
  return r.names;
}

void run() {
  auto r = make_forever<registry>();
  wait_group both;
  both.go([r] { r->add(1); });
  both.go([r] {
    for (int name : names(*r)) look_at(name);
  });
  both.wait();
}

}  // namespace buggy

namespace fixed {

list_cell<int> names(registry& r) {
  std::lock_guard hold(r.m);
  return r.names;
}

void run() {
  auto r = make_forever<registry>();
  wait_group both;
  both.go([r] { r->add(1); });
  both.go([r] {
    for (int name : names(*r)) look_at(name);
  });
  both.wait();
}

}  // namespace fixed
}  // namespace reference_leaves_lock

GOSAN_KERNEL(reference_leaves_lock, "Traditional / Data race", "data-race");
}  // namespace kernels
