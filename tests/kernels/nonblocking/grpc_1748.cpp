// A test sets a global timeout back at its end, while a connection attempt that the balancer has started reads it.
// Fixed: the timeout is atomic.
#include "../kernel.hpp"

namespace kernels {
namespace grpc_1748 {

using rep = std::chrono::nanoseconds::rep;

mutex balancer_mutex;

struct sub_connection {
  mutex m;
};

struct wrapper {
  bool has_balancer = false;  // guarded by balancer_mutex
};

namespace buggy {

rep connect_timeout = 20;

void connect(sub_connection* c) {
  std::lock_guard hold(c->m);
  go([] { [[maybe_unused]] volatile rep used = connect_timeout; });
}

void watch(wrapper& w) {
  for (int i = 0; i < 10; ++i) {
    balancer_mutex.lock();
    bool set = w.has_balancer;
    balancer_mutex.unlock();
    if (set) connect(make_forever<sub_connection>());
  }
}

void test() {
  rep before = connect_timeout;
  defer restore{[before] { connect_timeout = before; }};
  auto w = make_forever<wrapper>();
  go([w] { watch(*w); });
  std::lock_guard hold(balancer_mutex);
  w->has_balancer = true;
}

void run() {
  wait_group joined;
  joined.go([] { test(); });
  joined.wait();
}

}  // namespace buggy

namespace fixed {

std::atomic<rep> connect_timeout = 20;

void connect(sub_connection* c) {
  std::lock_guard hold(c->m);
  go([] { [[maybe_unused]] volatile rep used = connect_timeout.load(); });
}

void watch(wrapper& w) {
  for (int i = 0; i < 10; ++i) {
    balancer_mutex.lock();
    bool set = w.has_balancer;
    balancer_mutex.unlock();
    if (set) connect(make_forever<sub_connection>());
  }
}

void test() {
  rep before = connect_timeout.load();
  defer restore{[before] { connect_timeout.store(before); }};
  auto w = make_forever<wrapper>();
  go([w] { watch(*w); });
  std::lock_guard hold(balancer_mutex);
  w->has_balancer = true;
}

void run() {
  wait_group joined;
  joined.go([] { test(); });
  joined.wait();
}

}  // namespace fixed
}  // namespace grpc_1748

GOSAN_KERNEL(grpc_1748, "Traditional / Data race", "data-race");
}  // namespace kernels
