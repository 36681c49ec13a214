// A value is published by a flag that is stored and loaded without an order. Fixed: stored with release, loaded with acquire.
#include "../kernel.hpp"

namespace kernels {
namespace relaxed_publication {

struct box {
  int value = 0;
  std::atomic<bool> ready{false};
};

namespace buggy {

void run() {
  auto b = make_forever<box>();
  wait_group both;
  both.go([b] {
    b->value = 1;
    b->ready.store(true, std::memory_order_relaxed);
  });
  both.go([b] {
    while (!b->ready.load(std::memory_order_relaxed)) gosan::yield();
    [[maybe_unused]] volatile int seen = b->value;
  });
  both.wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto b = make_forever<box>();
  wait_group both;
  both.go([b] {
    b->value = 1;
    b->ready.store(true, std::memory_order_release);
  });
  both.go([b] {
    while (!b->ready.load(std::memory_order_acquire)) gosan::yield();
    [[maybe_unused]] volatile int seen = b->value;
  });
  both.wait();
}

}  // namespace fixed
}  // namespace relaxed_publication

GOSAN_KERNEL(relaxed_publication, "Traditional / Data race", "data-race");
}  // namespace kernels
