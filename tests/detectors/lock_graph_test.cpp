#include "sync/lock_graph.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace gosan::sync {
namespace {

// The naive twin: all edges, and a search each time.
class naive_graph {
 public:
  bool add(std::uint64_t a, std::uint64_t b) { return out_[a].insert(b).second; }
  bool reaches(std::uint64_t from, std::uint64_t to) const {
    std::set<std::uint64_t> seen;
    return search(from, to, seen);
  }
  void remove(std::uint64_t n) {
    out_.erase(n);
    for (auto& [from, to] : out_) to.erase(n);
  }
  std::size_t count_paths(std::uint64_t from, std::uint64_t to) const {
    std::vector<std::uint64_t> path{from};
    return count(path, to);
  }

 private:
  bool search(std::uint64_t from, std::uint64_t to, std::set<std::uint64_t>& seen) const {
    auto at = out_.find(from);
    if (at == out_.end()) return false;
    for (auto n : at->second)
      if (n == to || (seen.insert(n).second && search(n, to, seen))) return true;
    return false;
  }
  std::size_t count(std::vector<std::uint64_t>& path, std::uint64_t to) const {
    auto at = out_.find(path.back());
    if (at == out_.end()) return 0;
    std::size_t n = 0;
    for (auto next : at->second) {
      if (next == to) {
        ++n;
        continue;
      }
      if (std::find(path.begin(), path.end(), next) != path.end()) continue;
      path.push_back(next);
      n += count(path, to);
      path.pop_back();
    }
    return n;
  }
  std::map<std::uint64_t, std::set<std::uint64_t>> out_;
};

TEST(lock_graph, knows_both_ways_of_a_chain) {
  lock_graph g;
  EXPECT_TRUE(g.add(1, 2));
  EXPECT_TRUE(g.add(2, 3));
  EXPECT_FALSE(g.add(1, 2));
  EXPECT_TRUE(g.reaches(1, 3));
  EXPECT_FALSE(g.reaches(3, 1));
  g.add(3, 1);
  EXPECT_TRUE(g.reaches(3, 2));
  g.remove(2);
  EXPECT_FALSE(g.reaches(1, 3));
  EXPECT_TRUE(g.reaches(3, 1));
}

// Random operations over few nodes (many cycles) and over many (hardly any), against the twin.
TEST(lock_graph, agrees_with_the_naive_one_under_random_operations) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    const std::uint64_t nodes = seed % 3 == 0 ? 200 : 4 + seed % 12;
    lock_graph g;
    naive_graph twin;
    for (int step = 0; step < 400; ++step) {
      const std::uint64_t a = 1 + random() % nodes, b = 1 + random() % nodes;
      if (a == b) continue;
      if (random() % 16 == 0) {
        g.remove(a);
        twin.remove(a);
      } else if (random() % 2) {
        ASSERT_EQ(g.add(a, b), twin.add(a, b)) << "seed " << seed << " step " << step;
      }
      ASSERT_EQ(g.reaches(b, a), twin.reaches(b, a)) << "seed " << seed << " step " << step;
    }
  }
}

TEST(lock_graph, finds_every_simple_path) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    lock_graph g;
    naive_graph twin;
    for (int i = 0; i < 14; ++i) {
      const std::uint64_t a = 1 + random() % 6, b = 1 + random() % 6;
      if (a != b) g.add(a, b), twin.add(a, b);
    }
    std::size_t n = 0;
    g.paths(1, 2, 100, 1000000, [&n](const auto&) { return ++n, true; });
    ASSERT_EQ(n, twin.count_paths(1, 2)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace gosan::sync
