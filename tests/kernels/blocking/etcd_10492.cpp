// Renewing a lease calls a checkpoint function under the lock, and the function takes the lock.
// Fixed: the lock is given up for the call.
#include "../kernel.hpp"

namespace kernels {
namespace etcd_10492 {

struct lessor {
  shared_mutex m;
  std::function<void()> checkpoint;  // guarded by m
  int remaining = 10;                // guarded by m
};

void checkpoint(lessor& l) {
  std::lock_guard hold(l.m);
  --l.remaining;
}

void set_up(lessor& l) {
  std::lock_guard hold(l.m);
  l.checkpoint = [&l] { checkpoint(l); };
}

void grant(lessor& l) { std::lock_guard hold(l.m); }

namespace buggy {

void renew(lessor& l) {
  std::lock_guard hold(l.m);
  l.checkpoint();
}

void run() {
  lessor l;
  set_up(l);
  grant(l);
  renew(l);
}

}  // namespace buggy

namespace fixed {

void renew(lessor& l) {
  std::unique_lock hold(l.m);
  auto checkpoint = l.checkpoint;
  hold.unlock();
  checkpoint();
  hold.lock();
}

void run() {
  lessor l;
  set_up(l);
  grant(l);
  renew(l);
}

}  // namespace fixed
}  // namespace etcd_10492

GOSAN_KERNEL(etcd_10492, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
