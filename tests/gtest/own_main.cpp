// A suite with its own main(), with either library.
#include <gtest/gtest.h>

#include <cstdio>
#include <gosan/gosan.hpp>
#include <gosan/testing.hpp>

namespace {

struct environment : testing::Environment {
  void SetUp() override { std::puts("set up once"); }
};

TEST(own_main, leak) {
  gosan::go([c = gosan::make_chan<int>()] { c.recv(); });
}
TEST(own_main, after_the_leak) {
  auto c = gosan::make_chan<int>();
  gosan::go([c] { c.send(7); });
  EXPECT_EQ(c.recv(), 7);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new environment);
  return gosan::testing::run_all_tests();
}
