// Three workers meet at a barrier between two phases; one that has nothing to do returns before it.
// Fixed: it comes to the barrier all the same.
#include "../kernel.hpp"

namespace kernels {
namespace barrier_left_early {

constexpr int workers = 3;

namespace buggy {

void work(barrier& between, int pieces) {
  if (pieces == 0) return;
  between.arrive_and_wait();
}

void run() {
  auto between = std::make_shared<barrier>(workers);
  for (int i = 0; i < workers; ++i) {
    go([between, i] { work(*between, i); });
  }
}

}  // namespace buggy

namespace fixed {

void work(barrier& between, int) { between.arrive_and_wait(); }

void run() {
  auto between = std::make_shared<barrier>(workers);
  for (int i = 0; i < workers; ++i) {
    go([between, i] { work(*between, i); });
  }
}

}  // namespace fixed
}  // namespace barrier_left_early

GOSAN_KERNEL(barrier_left_early, "Mixed Deadlock / Misuse WaitGroup", GOSAN_BLOCKING);
}  // namespace kernels
