// A filter plugin counts its calls; it is called for each node by two workers. Fixed: the counter is atomic.
#include "cells.hpp"

namespace kernels {
namespace kubernetes_81091 {

namespace buggy {

struct filter_plugin {
  int calls = 0;
  void filter() { ++calls; }
};

void run() {
  wait_group joined;
  joined.go([] {
    auto plugin = make_forever<filter_plugin>();
    parallelize(context::background(), 2, 2, [&](int) { plugin->filter(); });
  });
  joined.wait();
}

}  // namespace buggy

namespace fixed {

struct filter_plugin {
  std::atomic<int> calls = 0;
  void filter() { calls.fetch_add(1); }
};

void run() {
  wait_group joined;
  joined.go([] {
    auto plugin = make_forever<filter_plugin>();
    parallelize(context::background(), 2, 2, [&](int) { plugin->filter(); });
  });
  joined.wait();
}

}  // namespace fixed
}  // namespace kubernetes_81091

GOSAN_KERNEL(kubernetes_81091, "Traditional / Data race", "data-race");
}  // namespace kernels
