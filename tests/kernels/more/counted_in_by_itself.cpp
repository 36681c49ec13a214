// Workers count themselves in; the wait does not know of those that have not yet. Fixed: counted in by who starts them.
#include "../kernel.hpp"

namespace kernels {
namespace counted_in_by_itself {

struct scene {
  wait_group workers;
  std::atomic<int> finished{0};
};

namespace buggy {

void run() {
  auto s = make_forever<scene>();
  for (int i = 0; i < 3; ++i) {
    go([s] {
      s->workers.add(1);
      s->finished.fetch_add(1);
      s->workers.done();
    });
  }
  s->workers.wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto s = make_forever<scene>();
  for (int i = 0; i < 3; ++i) {
    s->workers.add(1);
    go([s] {
      s->finished.fetch_add(1);
      s->workers.done();
    });
  }
  s->workers.wait();
}

}  // namespace fixed
}  // namespace counted_in_by_itself

GOSAN_KERNEL(counted_in_by_itself, "Go-Specific / WaitGroup", "wait-group-misuse");
}  // namespace kernels
