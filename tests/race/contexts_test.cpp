#include "race/contexts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace gosan::race {
namespace {

using stack = std::vector<std::uintptr_t>;

node_id entered(const stack& outermost_first) {
  node_id n = 0;
  for (std::uintptr_t pc : outermost_first) n = contexts::child(n, pc);
  return n;
}

stack told(node_id n) {
  stack s(4096);
  s.resize(contexts::stack_of(n, s.data(), s.size()));
  std::reverse(s.begin(), s.end());
  return s;
}

TEST(contexts, a_node_tells_the_calls_that_led_to_it) {
  std::mt19937 random(7);
  std::vector<std::pair<stack, node_id>> all;
  for (int i = 0; i < 20000; ++i) {
    stack s(random() % 60 + 1);
    for (auto& pc : s) pc = 0x1000 + random() % 40;
    all.emplace_back(s, entered(s));
  }
  for (auto& [s, n] : all) {
    ASSERT_EQ(told(n), s);
    ASSERT_EQ(entered(s), n);
  }
  EXPECT_EQ(contexts::calls_left_out(), 0u);
}

// fib(): each call has a stack of its own. `access` is reached from each of them.
constexpr std::uintptr_t outermost = 0x10, first = 0x20, second = 0x30, access = 0x40;

void recurse(node_id n, int depth, node_id& last) {
  last = contexts::child(n, access);
  if (!depth) return;
  recurse(contexts::child(n, first), depth - 1, last);
  recurse(contexts::child(n, second), depth - 1, last);
}

TEST(contexts, recursion_that_branches_takes_bounded_room) {
  node_id last = 0;
  recurse(contexts::child(0, outermost), 22, last);  // 8 million calls
  EXPECT_LT(contexts::count(), 3u << 20);
  EXPECT_GT(contexts::calls_left_out(), 0u);
  const stack s = told(last);
  EXPECT_EQ(s.front(), outermost);
  EXPECT_EQ(s.back(), access);
  EXPECT_GE(std::count(s.begin(), s.end(), second), 2);
  EXPECT_LT(s.size(), 24u);
}

}  // namespace
}  // namespace gosan::race
