// Ten goroutines use a provider that makes its service when it finds that it has none, without a lock.
// Fixed: it is made once.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_82550 {

struct service {
  int zones = 1;
};

namespace buggy {

struct provider {
  service* made = nullptr;  // never freed: a racing caller may use an older one

  int zones() {
    if (made == nullptr) made = new service;
    return made->zones;
  }
};

void run() {
  auto p = make_forever<provider>();
  for (int i = 0; i < 10; ++i) go([p] { p->zones(); });
}

}  // namespace buggy

namespace fixed {

struct provider {
  once make;
  std::unique_ptr<service> made;

  int zones() {
    make.call([this] { made = std::make_unique<service>(); });
    return made->zones;
  }
};

void run() {
  auto p = make_forever<provider>();
  for (int i = 0; i < 10; ++i) go([p] { p->zones(); });
}

}  // namespace fixed
}  // namespace kubernetes_82550

GOSAN_KERNEL(kubernetes_82550, "Traditional / Data race", "data-race");
}  // namespace kernels
