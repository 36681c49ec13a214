// A client's acquire loop leaves with the read lock held when it finds the client closed; the close, which locks twice,
// waits behind that reader for ever. Fixed: read-unlocked before the early return.
#include "../kernel.hpp"

namespace kernels {
namespace etcd_5509 {

struct client {
  shared_mutex m;
  std::function<void()> cancel;  // guarded by m; empty once closed
  mutex remote;

  void close() {
    std::unique_lock hold(m);
    if (!cancel) return;
    cancel();
    cancel = nullptr;
    hold.unlock();
    hold.lock();
  }
};

std::shared_ptr<client> connect() {
  auto c = std::make_shared<client>();
  c->cancel = with_cancel(context::background()).cancel;
  return c;
}

namespace buggy {

void acquire(client& c) {
  for (;;) {
    c.m.lock_shared();
    bool closed = !c.cancel;
    c.remote.lock();
    c.remote.unlock();
    if (closed) return;
    c.m.unlock_shared();
  }
}

void run() {
  auto c = connect();
  auto done = make_chan<void>();
  go([c, done] {
    acquire(*c);
    done.close();
  });
  c->close();
  done.recv();
}

}  // namespace buggy

namespace fixed {

void acquire(client& c) {
  for (;;) {
    c.m.lock_shared();
    bool closed = !c.cancel;
    c.remote.lock();
    c.remote.unlock();
    c.m.unlock_shared();
    if (closed) return;
  }
}

void run() {
  auto c = connect();
  auto done = make_chan<void>();
  go([c, done] {
    acquire(*c);
    done.close();
  });
  c->close();
  done.recv();
}

}  // namespace fixed
}  // namespace etcd_5509

GOSAN_KERNEL(etcd_5509, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
