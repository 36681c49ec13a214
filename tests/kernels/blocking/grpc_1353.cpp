// A load balancer sends addresses with its lock held; the receiver of an address takes the connections down, each of which
// takes that lock. Fixed: the channel has room for one, and a stale address is thrown away before the next is sent.
#include "../kernel.hpp"

#include <array>

namespace kernels {
namespace grpc_1353 {

struct balancer {
  mutex m;
  chan<int> addresses;
  chan<void> help = make_chan<void>();
  std::array<mutex, 2> connections;

  explicit balancer(std::size_t room) : addresses(make_chan<int>(room)) {}

  void take_down() {
    for ([[maybe_unused]] int address : addresses) {
      for (mutex& connection : connections) {
        std::lock_guard hold_connection(connection);
        std::lock_guard hold(m);
      }
    }
  }
  void close() {
    help.recv();
    std::lock_guard hold(m);
    addresses.close();
  }
};

namespace buggy {

void notify(balancer& b) {
  for (int i = 0; i < 100; ++i) {
    std::lock_guard hold(b.m);
    b.addresses.send(i);
  }
  b.help.close();
}

void run() {
  auto b = std::make_shared<balancer>(0);
  go([b] { notify(*b); });
  go([b] { b->take_down(); });
  go([b] { b->close(); });
}

}  // namespace buggy

namespace fixed {

void notify(balancer& b) {
  for (int i = 0; i < 100; ++i) {
    std::lock_guard hold(b.m);
    std::optional<int> stale;
    select(recv_case(b.addresses, stale), default_case());
    b.addresses.send(i);
  }
  b.help.close();
}

void run() {
  auto b = std::make_shared<balancer>(1);
  go([b] { notify(*b); });
  go([b] { b->take_down(); });
  go([b] { b->close(); });
}

}  // namespace fixed
}  // namespace grpc_1353

GOSAN_KERNEL(grpc_1353, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
