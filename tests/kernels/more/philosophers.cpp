// Five philosophers, each of whom takes the fork at the left and then the one at the right.
// Fixed: the lower fork first.
#include "../kernel.hpp"

#include <algorithm>
#include <array>

namespace kernels {
namespace philosophers {

constexpr std::size_t seats = 5;
using table = std::array<mutex, seats>;

void dine(table& forks, std::size_t first, std::size_t second) {
  std::lock_guard hold_first(forks[first]);
  std::lock_guard hold_second(forks[second]);
}

namespace buggy {

void run() {
  auto forks = std::make_shared<table>();
  wait_group dining;
  for (std::size_t i = 0; i < seats; ++i) {
    dining.go([forks, i] { dine(*forks, i, (i + 1) % seats); });
  }
  dining.wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto forks = std::make_shared<table>();
  wait_group dining;
  for (std::size_t i = 0; i < seats; ++i) {
    auto [low, high] = std::minmax(i, (i + 1) % seats);
    dining.go([forks, low, high] { dine(*forks, low, high); });
  }
  dining.wait();
}

}  // namespace fixed
}  // namespace philosophers

GOSAN_KERNEL(philosophers, "Resource Deadlock / AB-BA deadlock", GOSAN_BLOCKING);
}  // namespace kernels
