// Several goroutines dispatch through one cacher (see cacher.hpp), some milliseconds apart; nobody waits for them.
#include "cacher.hpp"

namespace kernels {
namespace kubernetes_77796 {

namespace buggy {

void run() {
  auto c = cacher::start<cacher::buggy_cacher>();
  for (int i = 0; i < 3; ++i) {
    go([c] { c->dispatch(); });
    sleep_for(10ms);
  }
}

}  // namespace buggy

namespace fixed {

void run() {
  auto c = cacher::start<cacher::fixed_cacher>();
  for (int i = 0; i < 3; ++i) {
    go([c] { c->dispatch(); });
    sleep_for(10ms);
  }
}

}  // namespace fixed
}  // namespace kubernetes_77796

GOSAN_KERNEL(kubernetes_77796, "Traditional / Data race", "data-race");
}  // namespace kernels
