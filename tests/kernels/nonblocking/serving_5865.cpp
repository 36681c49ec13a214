// A revision watcher closes, when it ends, the channel on which its owner sends to it.
// Fixed: it closes a channel that says it has ended; the owner sends and listens to that in one select.
#include "../kernel.hpp"

namespace kernels {
namespace serving_5865 {

namespace buggy {

struct backends {
  shared_mutex m;
  chan<int> destinations;  // guarded by m
};

void watch(const chan<int>& destinations) {
  defer end{[&] { destinations.close(); }};
}

void run() {
  auto b = make_forever<backends>();
  b->m.lock();
  b->destinations = make_chan<int>();
  auto to = b->destinations;
  go([to] { watch(to); });
  b->m.unlock();
  to.send(1);
}

}  // namespace buggy

namespace fixed {

struct backends {
  shared_mutex m;
  chan<int> destinations;  // guarded by m
};

void watch(const chan<void>& ended) {
  defer end{[&] { ended.close(); }};
}

void run() {
  auto b = make_forever<backends>();
  auto ended = make_chan<void>();
  b->m.lock();
  b->destinations = make_chan<int>();
  auto to = b->destinations;
  go([ended] { watch(ended); });
  b->m.unlock();
  select(send_case(to, 1), recv_case(ended));
}

}  // namespace fixed
}  // namespace serving_5865

GOSAN_KERNEL(serving_5865, "Go-Specific / Misuse channel", "send-on-closed");
}  // namespace kernels
