// A transport without streams goes dormant with its lock held; the stream that should wake it up takes the lock first.
// Fixed: the wake-up channel is kept full while the transport is awake; to go dormant it takes the token under the lock,
// unlocks, and receives once more; the first stream sends, and refills.
#include "../kernel.hpp"

namespace kernels {
namespace grpc_1460 {

struct transport {
  mutex m;
  int streams = 0;  // guarded by m
  chan<void> awake;
};

namespace buggy {

void keep_alive(transport& t) {
  t.m.lock();
  if (t.streams < 1) {
    t.awake.recv();
    t.m.unlock();
  } else {
    t.m.unlock();
  }
}

void new_stream(transport& t) {
  std::lock_guard hold(t.m);
  if (++t.streams == 1) select(send_case(t.awake), default_case());
}

void run() {
  auto t = std::make_shared<transport>();
  t->awake = make_chan<void>();
  go([t] { keep_alive(*t); });
  go([t] { new_stream(*t); });
}

}  // namespace buggy

namespace fixed {

void keep_alive(transport& t) {
  t.m.lock();
  if (t.streams < 1) {
    t.awake.recv();
    t.m.unlock();
    t.awake.recv();
  } else {
    t.m.unlock();
  }
}

void new_stream(transport& t) {
  std::lock_guard hold(t.m);
  if (++t.streams != 1) return;
  if (select(send_case(t.awake), default_case()) == 0) t.awake.send();
}

void run() {
  auto t = std::make_shared<transport>();
  t->awake = make_chan<void>(1);
  t->awake.send();
  go([t] { keep_alive(*t); });
  go([t] { new_stream(*t); });
}

}  // namespace fixed
}  // namespace grpc_1460

GOSAN_KERNEL(grpc_1460, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
