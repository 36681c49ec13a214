// A closure that is called for each piece of the work, by two workers, ignores which piece it is called for and fills all
// results. Fixed: it fills its own piece.
#include "cells.hpp"

namespace kernels {
namespace kubernetes_70892 {

constexpr int priorities = 3, nodes = 2;

namespace buggy {

struct scores {
  const std::array<int, 3>* of[priorities];  // as Go's slices: replaced as a whole, the old ones stay readable
};

void run() {
  static const std::array<int, 3> zero{};
  auto results = make_forever<scores>();
  for (auto& slot : results->of) slot = &zero;
  parallelize(context::background(), 2, nodes, [&](int) {
    for (auto& slot : results->of) {
      if ((*slot)[0] != 4) slot = new std::array<int, 3>{4, 4, 4};
    }
  });
}

}  // namespace buggy

namespace fixed {

struct scores {
  std::array<int, nodes> of[priorities];
};

void run() {
  auto results = make_forever<scores>();
  parallelize(context::background(), 2, nodes, [&](int node) {
    for (auto& slot : results->of) slot[static_cast<std::size_t>(node)] = 4;
  });
}

}  // namespace fixed
}  // namespace kubernetes_70892

GOSAN_KERNEL(kubernetes_70892, "Go-Specific / Anonymous function", "data-race");
}  // namespace kernels
