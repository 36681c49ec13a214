// Many goroutines.
#include <unistd.h>

#include <cstdio>
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

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    (defined(__has_feature) && (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)))
constexpr bool memory_is_ours = false;  // shadow memory grows beside
#else
constexpr bool memory_is_ours = true;
#endif

long resident_bytes() {
  long total = 0, pages = 0;
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (std::fscanf(f, "%ld %ld", &total, &pages) != 2) pages = 0;
  std::fclose(f);
  return pages * sysconf(_SC_PAGESIZE);
}

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

// n goroutines that have all run and wait at once, and then end; what they take while they wait.
long stand_and_end(int n) {
  long standing = 0;
  run([&] {
    std::vector<std::atomic<rt::goroutine*>> parked(static_cast<std::size_t>(n));
    countdown all_parked(n), all_ended(n);
    struct slot {
      std::atomic<rt::goroutine*>* at;
      countdown* parked;
    };
    for (auto& at : parked)
      go([&, here = &at] {
        slot s{here, &all_parked};
        rt::park(events::wait_reason::chan_recv, 0,
                 [](rt::goroutine* g, void* p) {
                   const slot s = *static_cast<slot*>(p);
                   s.at->store(g);
                   s.parked->done();
                   return true;
                 },
                 &s);
        all_ended.done();
      });
    all_parked.wait();
    standing = resident_bytes();
    for (auto& g : parked) rt::ready(g.load());
    all_ended.wait();
  });
  return standing;
}

TEST(memory, pages_of_ended_goroutines_go_back_and_their_stacks_are_used_again) {
  const long before = resident_bytes();
  const long standing = stand_and_end(many);
  if (!memory_is_ours) GTEST_SKIP() << "resident memory is not the runtime's alone";
  ASSERT_GT(standing - before, many * 4096L);
  const long enough = before + many * 1024L;  // control blocks stay, and some stacks
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);  // only turns a hang into a failure
  while (resident_bytes() > enough && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_LE(resident_bytes(), enough);
  EXPECT_LE(stand_and_end(many), standing + standing / 8);
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
