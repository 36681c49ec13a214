// A cache's evictor calls back for every entry it finds; the callback counts in a variable that the test reads.
// Fixed: the counter is atomic.
#include "cells.hpp"

namespace kernels {
namespace istio_8144 {

struct cache {
  concurrent_map<int, int> entries;
  std::function<void(int)> on_evict;

  void evict() {
    entries.walk([this](int key, int) { on_evict(key); });
  }
};

cache* start(std::function<void(int)> on_evict) {
  auto c = make_forever<cache>();
  c->on_evict = std::move(on_evict);
  go([c] { c->evict(); });
  return c;
}

namespace buggy {

void test() {
  auto evicted = make_forever<int>(0);
  auto c = start([evicted](int) { ++*evicted; });
  c->entries.store(1, 1);
  int seen = *evicted;
  look_at(seen);
}

void run() {
  wait_group joined;
  joined.go([] { test(); });
  joined.wait();
}

}  // namespace buggy

namespace fixed {

void test() {
  auto evicted = make_forever<std::atomic<int>>(0);
  auto c = start([evicted](int) { evicted->fetch_add(1); });
  c->entries.store(1, 1);
  look_at(evicted->load());
}

void run() {
  wait_group joined;
  joined.go([] { test(); });
  joined.wait();
}

}  // namespace fixed
}  // namespace istio_8144

GOSAN_KERNEL(istio_8144, "Traditional / Data race", "data-race");
}  // namespace kernels
