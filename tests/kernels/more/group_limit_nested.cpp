// Tasks of a group with a limit start their subtasks in the same group: when all places are taken by tasks that wait for
// a place, nobody gives one back. Fixed: the subtasks have a group of their own.
#include "../kernel.hpp"

namespace kernels {
namespace group_limit_nested {

constexpr int tasks = 2;

namespace buggy {

void run() {
  auto g = std::make_shared<errgroup>();
  g->set_limit(tasks);
  for (int i = 0; i < tasks; ++i) {
    g->go([g] { g->go([] {}); });
  }
  g->wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto g = std::make_shared<errgroup>();
  g->set_limit(tasks);
  for (int i = 0; i < tasks; ++i) {
    g->go([] {
      errgroup inner;
      inner.go([] {});
      inner.wait();
    });
  }
  g->wait();
}

}  // namespace fixed
}  // namespace group_limit_nested

GOSAN_KERNEL(group_limit_nested, "Resource Deadlock / Semaphore", GOSAN_BLOCKING);
}  // namespace kernels
