// Many goroutines.
#include <vector>

#include "fixture.hpp"

namespace gosan {
namespace {

using testing::countdown;

// ThreadSanitizer knows at most 8128 threads and fibers.
#if defined(__SANITIZE_THREAD__) || (defined(__has_feature) && __has_feature(thread_sanitizer))
constexpr int many = 2000, very_many = 20000;
#else
constexpr int many = 100000, very_many = 1000000;
#endif

class scale : public testing::with_processors {};
GOSAN_FOR_PROCESSORS(scale);

TEST_P(scale, a_hundred_thousand_are_alive_at_once) {
  constexpr int n = many;
  run([] {
    std::vector<std::atomic<rt::goroutine*>> parked(n);
    countdown all_parked(n), all_ended(n);
    struct slot {
      std::atomic<rt::goroutine*>* at;
      countdown* parked;
    };
    for (int i = 0; i < n; ++i)
      go([&, i] {
        slot s{&parked[i], &all_parked};
        rt::park(events::wait_reason::chan_recv, 0,
                 [](rt::goroutine* g, void* p) {
                   auto* s = static_cast<slot*>(p);
                   countdown* c = s->parked;  // s is on the parked stack, which may run on as soon as it is published
                   s->at->store(g);
                   c->done();
                   return true;
                 },
                 &s);
        all_ended.done();
      });
    all_parked.wait();
    EXPECT_EQ(num_goroutine(), n + 1u);
    for (auto& g : parked) rt::ready(g.load());
    all_ended.wait();
  });
}

TEST_P(scale, a_million_are_spawned_and_joined) {
  constexpr int n = very_many;
  std::atomic<int> ran{0};
  run([&] {
    countdown all(n);
    for (int i = 0; i < n; ++i)
      go([&] {
        ran.fetch_add(1, std::memory_order_relaxed);
        all.done();
      });
    all.wait();
  });
  EXPECT_EQ(ran, n);
}

void tree(int depth, countdown& leaves) {
  if (depth == 0) return leaves.done();
  for (int i = 0; i < 4; ++i) go(tree, depth - 1, std::ref(leaves));
}

TEST_P(scale, goroutines_start_goroutines) {
  run([] {
    countdown leaves(4 * 4 * 4 * 4 * 4 * 4 * 4);
    tree(7, leaves);
    leaves.wait();
  });
}

}  // namespace
}  // namespace gosan
