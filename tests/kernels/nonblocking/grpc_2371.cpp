// A client's close sets its balancer to null, under the lock; the watcher uses the balancer, under the lock, without
// asking whether it is still there. Fixed: it asks.
#include "cells.hpp"

namespace kernels {
namespace grpc_2371 {

struct balancer {
  chan<int> updates = make_chan<int>(1);

  void handle(int state) {
    select(recv_case(updates), default_case());
    updates.send(state);
  }
};

struct client {
  shared_mutex m;
  balancer owned;
  checked_pointer<int> resolver;        // guarded by m, as is:
  checked_pointer<balancer> in_use{&owned};

  void close() {
    std::lock_guard hold(m);
    resolver.reset();
    in_use.reset();
  }
};

constexpr int rounds = 10;

namespace buggy {

void watch(client& c) {
  std::lock_guard hold(c.m);
  c.in_use->handle(1);
}

void run() {
  for (int i = 0; i < rounds; ++i) {
    auto c = make_forever<client>();
    go([c] { watch(*c); });
    go([c] { c->close(); });
  }
  sleep_for(100ms);
}

}  // namespace buggy

namespace fixed {

void watch(client& c) {
  std::lock_guard hold(c.m);
  if (c.in_use) c.in_use->handle(1);
}

void run() {
  for (int i = 0; i < rounds; ++i) {
    auto c = make_forever<client>();
    go([c] { watch(*c); });
    go([c] { c->close(); });
  }
  sleep_for(100ms);
}

}  // namespace fixed
}  // namespace grpc_2371

GOSAN_KERNEL(grpc_2371, "Go-Specific / Misuse channel", "unhandled-panic");
}  // namespace kernels
