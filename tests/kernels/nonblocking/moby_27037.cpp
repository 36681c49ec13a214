// Goroutines started in a loop format the loop variable, while the loop counts it up. Fixed: each gets a copy.
#include "../kernel.hpp"

namespace kernels {
namespace moby_27037 {

constexpr int first = 17, last = 21;

namespace buggy {

void run() {
  wait_group all;
  auto i = make_forever<int>(first);
  for (; *i <= last; ++*i) {
    all.add(1);
    go([i, &all] {
      std::string version = "v1." + std::to_string(*i);
      all.done();
    });
  }
  all.wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  wait_group all;
  for (int i = first; i <= last; ++i) {
    all.add(1);
    go([i, &all] {
      std::string version = "v1." + std::to_string(i);
      all.done();
    });
  }
  all.wait();
}

}  // namespace fixed
}  // namespace moby_27037

GOSAN_KERNEL(moby_27037, "Go-Specific / Anonymous function", "data-race");
}  // namespace kernels
