// The tasks of a group append their results to one list. Fixed: each task has its place in it.
#include "../nonblocking/cells.hpp"

namespace kernels {
namespace group_collects_unlocked {

namespace buggy {

void run() {
  auto results = make_forever<list_cell<int>>();
  errgroup g;
  for (int i = 0; i < 3; ++i) {
    g.go([results, i] { results->push(i); });
  }
  g.wait();
  look_at(results->size());
}

}  // namespace buggy

namespace fixed {

void run() {
  auto results = make_forever<std::array<int, 3>>();
  errgroup g;
  for (std::size_t i = 0; i < 3; ++i) {
    g.go([results, i] { (*results)[i] = 1; });
  }
  g.wait();
  look_at((*results)[0]);
}

}  // namespace fixed
}  // namespace group_collects_unlocked

GOSAN_KERNEL(group_collects_unlocked, "Traditional / Data race", "data-race");
}  // namespace kernels
