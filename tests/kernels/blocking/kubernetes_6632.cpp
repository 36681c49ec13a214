// A writer sends on the reset channel with the write lock held; the connection's end needs that lock to close the channel,
// and nobody receives. Fixed: the end starts a goroutine that drains the channel before it takes the lock.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_6632 {

struct connection {
  chan<void> closing = make_chan<void>();
  mutex writing;
  chan<int> reset = make_chan<int>();  // guarded by writing; nil at the end

  void write_frame() {
    std::lock_guard hold(writing);
    if (reset) reset.send(0);
  }
};

namespace buggy {

void monitor(connection& c) {
  c.closing.recv();
  std::lock_guard hold(c.writing);
  c.reset.close();
  c.reset = {};
}

void run() {
  auto c = std::make_shared<connection>();
  go([c] { c->closing.send(); });
  go([c] { monitor(*c); });
  go([c] { c->write_frame(); });
}

}  // namespace buggy

namespace fixed {

void monitor(connection& c) {
  c.closing.recv();
  go([reset = c.reset] {
    for ([[maybe_unused]] int frame : reset) continue;
  });
  std::lock_guard hold(c.writing);
  c.reset.close();
  c.reset = {};
}

void run() {
  auto c = std::make_shared<connection>();
  go([c] { c->closing.send(); });
  go([c] { monitor(*c); });
  go([c] { c->write_frame(); });
}

}  // namespace fixed
}  // namespace kubernetes_6632

GOSAN_KERNEL(kubernetes_6632, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
