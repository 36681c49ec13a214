// The context switch on Boost.Context, whatever switch this build uses for itself.
#include <gtest/gtest.h>

#include <vector>

#include "switch/switch.hpp"

namespace gosan::rt {
namespace {

struct two_sides {
  void* home = nullptr;
  void* there = nullptr;
  std::vector<int> order;
};

// Runs on a stack of its own: every visit leaves a number and goes home.
void visitor(void* arg) {
  auto* sides = static_cast<two_sides*>(arg);
  for (int n = 1;; ++n) {
    sides->order.push_back(n);
    sides = static_cast<two_sides*>(gosan_switch(&sides->there, sides->home, nullptr));
  }
}

TEST(switch_boost, goes_there_and_back_and_hands_values_over) {
  alignas(16) static char stack[65536];
  two_sides sides;
  sides.there = make_context(stack + sizeof stack, visitor);
  for (int n = 1; n <= 3; ++n) {
    sides.order.push_back(-n);
    gosan_switch(&sides.home, sides.there, &sides);
  }
  EXPECT_EQ(sides.order, (std::vector<int>{-1, 1, -2, 2, -3, 3}));
}

TEST(switch_boost, contexts_do_not_disturb_each_other) {
  constexpr int count = 100, stack_size = 16384;
  std::vector<std::vector<char>> stacks(count, std::vector<char>(stack_size));
  std::vector<two_sides> sides(count);
  for (int i = 0; i < count; ++i) sides[i].there = make_context(stacks[i].data() + stack_size, visitor);
  for (int round = 1; round <= 5; ++round)
    for (auto& s : sides) gosan_switch(&s.home, s.there, &s);
  for (const auto& s : sides) EXPECT_EQ(s.order, (std::vector<int>{1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace gosan::rt
