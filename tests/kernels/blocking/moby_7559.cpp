// A proxy dials again when dialling failed, and locks again, without having unlocked.
// Fixed: unlocked before the next try.
#include "../kernel.hpp"

namespace kernels {
namespace moby_7559 {

struct proxy {
  mutex m;
  bool dial() { return false; }  // there is no address
};

namespace buggy {

void forward(proxy& p) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    p.m.lock();
    if (!p.dial()) continue;
    if (attempt == 0) break;
  }
  p.m.unlock();
}

void run() {
  auto p = std::make_shared<proxy>();
  go([p] { forward(*p); });
}

}  // namespace buggy

namespace fixed {

void forward(proxy& p) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    p.m.lock();
    if (!p.dial()) {
      p.m.unlock();
      continue;
    }
    p.m.unlock();
    break;
  }
}

void run() {
  auto p = std::make_shared<proxy>();
  go([p] { forward(*p); });
}

}  // namespace fixed
}  // namespace moby_7559

GOSAN_KERNEL(moby_7559, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
