// The watcher of addresses ends when they are closed, but does not say so on the channel its starter waits for.
// Fixed: it closes that channel whatever way it ends.
#include "../kernel.hpp"

namespace kernels {
namespace grpc_1424 {

struct client {
  chan<int> addresses = make_chan<int>();
  chan<void> wait = make_chan<void>(1);
  std::vector<std::shared_ptr<mutex>> connections;  // none
};

namespace buggy {

void watch(client& c, const chan<void>& done) {
  for ([[maybe_unused]] int address : c.addresses) {
    for (const auto& connection : c.connections) std::lock_guard hold(*connection);
    done.close();
    return;
  }
}

void dial(const std::shared_ptr<client>& c) {
  defer close{[&] { c->wait.close(); }};
  auto done = make_chan<void>();
  go([c, done] { watch(*c, done); });
  done.recv();
}

void run() {
  go([] {
    auto c = std::make_shared<client>();
    go([c] { dial(c); });
    c->addresses.close();
  });
}

}  // namespace buggy

namespace fixed {

void watch(client& c, const chan<void>& done) {
  defer close{[&] { done.close(); }};
  for ([[maybe_unused]] int address : c.addresses) {
    for (const auto& connection : c.connections) std::lock_guard hold(*connection);
    return;
  }
}

void dial(const std::shared_ptr<client>& c) {
  defer close{[&] { c->wait.close(); }};
  auto done = make_chan<void>();
  go([c, done] { watch(*c, done); });
  done.recv();
}

void run() {
  go([] {
    auto c = std::make_shared<client>();
    go([c] { dial(c); });
    c->addresses.close();
  });
}

}  // namespace fixed
}  // namespace grpc_1424

GOSAN_KERNEL(grpc_1424, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
