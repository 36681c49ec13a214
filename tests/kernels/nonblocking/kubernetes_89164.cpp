// Goroutines dispatch through one cacher (see cacher.hpp), each waited for before the next starts; but the cacher's own
// goroutine dispatches too.
#include "cacher.hpp"

namespace kernels {
namespace kubernetes_89164 {

namespace buggy {

void run() {
  auto c = cacher::start<cacher::buggy_cacher>();
  for (int i = 0; i < 3; ++i) {
    wait_group dispatched;
    dispatched.go([c] { c->dispatch(); });
    dispatched.wait();
  }
}

}  // namespace buggy

namespace fixed {

void run() {
  auto c = cacher::start<cacher::fixed_cacher>();
  for (int i = 0; i < 3; ++i) {
    wait_group dispatched;
    dispatched.go([c] { c->dispatch(); });
    dispatched.wait();
  }
}

}  // namespace fixed
}  // namespace kubernetes_89164

GOSAN_KERNEL(kubernetes_89164, "Traditional / Data race", "data-race");
}  // namespace kernels
