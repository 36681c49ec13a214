// A cleanup that finds nothing to do leaves the lock behind; the next one who wants it waits for ever.
// Fixed: unlocked on that path too (and the notification of the other goroutine has room).
#include "../kernel.hpp"

namespace kernels {
namespace moby_17176 {

struct devices {
  mutex m;
  int deleted = 0;  // guarded by m
};

namespace buggy {

void clean_up(devices& d) {
  d.m.lock();
  if (d.deleted == 0) return;
  d.deleted = 0;
  d.m.unlock();
}

void run() {
  auto d = std::make_shared<devices>();
  auto done = make_chan<void>();
  clean_up(*d);
  go([d, done] {
    d->m.lock();
    done.send();
    d->m.unlock();
  });
  select(recv_case(after(1ms)), recv_case(done));
}

}  // namespace buggy

namespace fixed {

void clean_up(devices& d) {
  d.m.lock();
  if (d.deleted == 0) {
    d.m.unlock();
    return;
  }
  d.deleted = 0;
  d.m.unlock();
}

void run() {
  auto d = std::make_shared<devices>();
  auto done = make_chan<void>(1);
  clean_up(*d);
  go([d, done] {
    d->m.lock();
    done.send();
    d->m.unlock();
  });
  select(recv_case(after(1ms)), recv_case(done));
}

}  // namespace fixed
}  // namespace moby_17176

GOSAN_KERNEL(moby_17176, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
