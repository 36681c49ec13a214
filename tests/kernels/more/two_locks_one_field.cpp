// A field is guarded by the lock of the session in one place and by that of the server in another. Fixed: by the session's.
#include "../kernel.hpp"

namespace kernels {
namespace two_locks_one_field {

struct session {
  mutex m;
  int idle = 0;  // guarded by m, but for the mistake
};

struct server {
  mutex m;
  session s;
};

void touch(server& x) {
  std::lock_guard hold(x.s.m);
  x.s.idle = 0;
}

namespace buggy {

void sweep(server& x) {
  std::lock_guard hold(x.m);
  ++x.s.idle;
}

void run() {
  auto x = make_forever<server>();
  wait_group both;
  both.go([x] { touch(*x); });
  both.go([x] { sweep(*x); });
  both.wait();
}

}  // namespace buggy

namespace fixed {

void sweep(server& x) {
  std::lock_guard hold(x.m);
  std::lock_guard hold_session(x.s.m);
  ++x.s.idle;
}

void run() {
  auto x = make_forever<server>();
  wait_group both;
  both.go([x] { touch(*x); });
  both.go([x] { sweep(*x); });
  both.wait();
}

}  // namespace fixed
}  // namespace two_locks_one_field

GOSAN_KERNEL(two_locks_one_field, "Traditional / Data race", "data-race");
}  // namespace kernels
