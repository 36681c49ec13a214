// A cache's statistics are counted with atomic operations and copied as a whole without them.
// Fixed: the copy is filled with an atomic load.
#include "../kernel.hpp"

#include <cstdint>

namespace kernels {
namespace istio_8214 {

struct statistics {
  std::uint64_t evictions = 0, hits = 0, writes = 0;
};

struct cache {
  statistics stats;
  void set() { std::atomic_ref(stats.writes).fetch_add(1); }
};

namespace buggy {

statistics snapshot(cache& c) { return c.stats; }

void check(cache& c) {
  c.set();
  [[maybe_unused]] volatile std::uint64_t seen = snapshot(c).writes;
}

void run() {
  wait_group all;
  all.go([&all] {
    auto c = make_forever<cache>();
    all.go([c] { check(*c); });
    all.go([c] { check(*c); });
  });
  all.wait();
}

}  // namespace buggy

namespace fixed {

statistics snapshot(cache& c) {
  return {.evictions = std::atomic_ref(c.stats.evictions).load(),
          .hits = std::atomic_ref(c.stats.hits).load(),
          .writes = std::atomic_ref(c.stats.writes).load()};
}

void check(cache& c) {
  c.set();
  [[maybe_unused]] volatile std::uint64_t seen = snapshot(c).writes;
}

void run() {
  wait_group all;
  all.go([&all] {
    auto c = make_forever<cache>();
    all.go([c] { check(*c); });
    all.go([c] { check(*c); });
  });
  all.wait();
}

}  // namespace fixed
}  // namespace istio_8214

GOSAN_KERNEL(istio_8214, "Traditional / Data race", "data-race");
}  // namespace kernels
