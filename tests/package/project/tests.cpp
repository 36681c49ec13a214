#include <gtest/gtest.h>

#include "counting.hpp"

TEST(counting, sums_up) {
  int sum = 0;
  for (int n : numbers(5)) sum += n;
  EXPECT_EQ(sum, 10);
}
TEST(counting, leaves_one_behind) { EXPECT_EQ(numbers_for_ever().recv(), 0); }
TEST(counting, again) { EXPECT_EQ(numbers(2).recv(), 0); }  // leaves one behind too
