// A function starts a goroutine and returns the channel of its outcome; the caller does not want it, and the goroutine
// waits to deliver it for ever. Fixed: the channel has room for it.
#include "../kernel.hpp"

namespace kernels {
namespace moby_4395 {

namespace buggy {

chan<int> promise(std::function<int()> f) {
  auto outcome = make_chan<int>();
  go([outcome, f = std::move(f)] { outcome.send(f()); });
  return outcome;
}

void run() {
  promise([] { return 0; });
}

}  // namespace buggy

namespace fixed {

chan<int> promise(std::function<int()> f) {
  auto outcome = make_chan<int>(1);
  go([outcome, f = std::move(f)] { outcome.send(f()); });
  return outcome;
}

void run() {
  promise([] { return 0; });
}

}  // namespace fixed
}  // namespace moby_4395

GOSAN_KERNEL(moby_4395, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
