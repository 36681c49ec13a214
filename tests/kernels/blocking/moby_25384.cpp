// A wait group counts two plugins and is waited for when the first one has been started. Fixed: after the loop.
#include "../kernel.hpp"

namespace kernels {
namespace moby_25384 {

namespace buggy {

void restore() {
  auto plugins = std::make_shared<wait_group>();
  plugins->add(2);
  for (int i = 0; i < 2; ++i) {
    go([plugins] { plugins->done(); });
    plugins->wait();
  }
}

void run() {
  go([] { restore(); });
}

}  // namespace buggy

namespace fixed {

void restore() {
  auto plugins = std::make_shared<wait_group>();
  plugins->add(2);
  for (int i = 0; i < 2; ++i) {
    go([plugins] { plugins->done(); });
  }
  plugins->wait();
}

void run() {
  go([] { restore(); });
}

}  // namespace fixed
}  // namespace moby_25384

GOSAN_KERNEL(moby_25384, "Mixed Deadlock / Misuse WaitGroup", GOSAN_BLOCKING);
}  // namespace kernels
