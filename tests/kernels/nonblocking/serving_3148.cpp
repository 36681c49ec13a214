// A test installs its hooks into the fake client after it has started the controller, which walks them.
// Fixed: before.
#include "cells.hpp"

namespace kernels {
namespace serving_3148 {

struct fake_client {
  list_cell<int> reactions;

  void install_hooks() {
    const int hook[] = {1};
    reactions.assign(hook);
  }
  void invoke() const {
    for (int reaction : reactions) look_at(reaction);
  }
};

void run_controller(fake_client* client) {
  wait_group workers;
  workers.go([client] { client->invoke(); });
  workers.wait();
}

namespace buggy {

void test() {
  auto client = make_forever<fake_client>();
  wait_group group;
  group.go([client] { run_controller(client); });
  client->install_hooks();
  group.wait();
}

void run() {
  wait_group joined;
  joined.go([] { test(); });
  joined.wait();
}

}  // namespace buggy

namespace fixed {

void test() {
  auto client = make_forever<fake_client>();
  wait_group group;
  client->install_hooks();
  group.go([client] { run_controller(client); });
  group.wait();
}

void run() {
  wait_group joined;
  joined.go([] { test(); });
  joined.wait();
}

}  // namespace fixed
}  // namespace serving_3148

GOSAN_KERNEL(serving_3148, "Traditional / Data race", "data-race");
}  // namespace kernels
