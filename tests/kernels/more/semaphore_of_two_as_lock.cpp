// A semaphore of two units is meant to protect a total. Fixed: of one unit.
#include "../kernel.hpp"

namespace kernels {
namespace semaphore_of_two_as_lock {

struct counter {
  semaphore free;
  int total = 0;

  explicit counter(int units) : free(units) {}
  void add() {
    free.acquire(1);
    ++total;
    free.release(1);
  }
};

void count(int units) {
  auto c = make_forever<counter>(units);
  wait_group all;
  for (int i = 0; i < 4; ++i) all.go([c] { c->add(); });
  all.wait();
}

namespace buggy {

void run() { count(2); }

}  // namespace buggy

namespace fixed {

void run() { count(1); }

}  // namespace fixed
}  // namespace semaphore_of_two_as_lock

GOSAN_KERNEL(semaphore_of_two_as_lock, "Traditional / Data race", "data-race");
}  // namespace kernels
