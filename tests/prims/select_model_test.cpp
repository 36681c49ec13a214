// select against the facts: whatever interleaving, each message is taken exactly once, in the order
// of its sender, by somebody who could take it; and a select returns only cases that the naive
// model allows in the state that it saw.
#include <map>
#include <numeric>

#include "fixture.hpp"

namespace gosan::test {
namespace {

GOSAN_ON_PROCESSORS(SelectModel);

// At rest: the set of cases that may be taken is computed from the channels' contents; one of them
// must be.
void at_rest(std::mt19937& random) {
  constexpr std::size_t n = 4;
  std::vector<chan<int>> c;
  std::vector<std::size_t> capacity, len;
  std::vector<bool> closed;
  for (std::size_t i = 0; i < n; ++i) {
    capacity.push_back(random() % 3);
    c.push_back(random() % 8 == 0 ? chan<int>{} : make_chan<int>(capacity[i]));
    len.push_back(c[i] ? random() % (capacity[i] + 1) : 0);
    for (std::size_t k = 0; k < len[i]; ++k) c[i].send(static_cast<int>(k));
    closed.push_back(c[i] && random() % 5 == 0);
    if (closed[i]) c[i].close();
  }
  std::vector<bool> sends(n);
  std::vector<int> allowed;
  bool panics = false;
  std::vector<std::optional<int>> got(n, -1);
  std::vector<select_case> cases;
  for (std::size_t i = 0; i < n; ++i) {
    sends[i] = random() % 2 == 0;
    bool ready = c[i] && (closed[i] || (sends[i] ? len[i] < capacity[i] : len[i] > 0));
    if (ready) allowed.push_back(static_cast<int>(i));
    panics |= ready && sends[i] && closed[i];
    sends[i] ? cases.push_back(send_case(c[i], 100)) : cases.push_back(recv_case(c[i], got[i]));
  }
  cases.push_back(default_case());
  if (allowed.empty()) allowed.push_back(static_cast<int>(n));
  int taken = -1;
  auto panic = panic_of([&] { taken = select(cases); });
  if (panic) {
    EXPECT_TRUE(panics);
    return;
  }
  ASSERT_THAT(allowed, ::testing::Contains(taken));
  for (std::size_t i = 0; i < n; ++i) {
    bool mine = taken == static_cast<int>(i);
    EXPECT_EQ(c[i].len(), len[i] + (mine && sends[i]) - (mine && !sends[i] && len[i] > 0));
    if (!mine)
      EXPECT_EQ(got[i], -1);
    else if (!sends[i])
      EXPECT_EQ(got[i], len[i] > 0 ? std::optional<int>(0) : std::nullopt);
  }
}

TEST_P(SelectModel, TakesWhatTheModelAllows) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  in_main([&] {
    for (int i = 0; i < 2000 && !HasFailure(); ++i) at_rest(random);
  });
  if (HasFailure()) std::printf("seed of the failure: %u\n", seed);
}

// In motion: producers and consumers that all select over the same channels, in both directions at
// once.
TEST_P(SelectModel, EveryMessageArrivesOnceAndInItsSendersOrder) {
  constexpr int producers = 4, consumers = 3, messages = 300;
  in_main([&] {
    std::vector<chan<std::pair<int, int>>> c;
    for (std::size_t capacity : {0u, 0u, 1u, 3u})
      c.push_back(make_chan<std::pair<int, int>>(capacity));
    auto finished = make_chan<void>();
    std::vector<std::map<int, std::vector<int>>> seen(consumers * c.size());
    wait_group sending, receiving;
    for (int p = 0; p < producers; ++p)
      sending.go([&, p] {
        for (int m = 0; m < messages; ++m) {
          std::pair v{p, m};
          select(send_case(c[0], v), send_case(c[1], v), send_case(c[2], v), send_case(c[3], v));
        }
      });
    for (int r = 0; r < consumers; ++r)
      receiving.go([&, r] {
        auto take = [&](std::size_t from) {
          return [&, from](std::optional<std::pair<int, int>> v) {
            seen[static_cast<std::size_t>(r) * c.size() + from][v->first].push_back(v->second);
          };
        };
        while (select(recv_case(c[0], take(0)), recv_case(c[1], take(1)), recv_case(c[2], take(2)),
                      recv_case(c[3], take(3)), recv_case(finished)) != 4) {
        }
      });
    sending.wait();
    while (c[2].len() + c[3].len() > 0) yield();
    finished.close();
    receiving.wait();
    std::map<int, std::vector<int>> all;
    for (auto& by_channel : seen)
      for (auto& [p, list] : by_channel) {
        EXPECT_TRUE(std::is_sorted(list.begin(), list.end()));
        all[p].insert(all[p].end(), list.begin(), list.end());
      }
    std::vector<int> expected(messages);
    std::iota(expected.begin(), expected.end(), 0);
    for (int p = 0; p < producers; ++p) {
      std::sort(all[p].begin(), all[p].end());
      EXPECT_EQ(all[p], expected);
    }
  });
}

}  // namespace
}  // namespace gosan::test
