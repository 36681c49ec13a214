#include <gtest/gtest.h>

#include <gosan/gosan.hpp>

TEST(more, clean) { EXPECT_EQ(1, 1); }
TEST(more, race) {
  int shared = 0;
  auto done = gosan::make_chan<void>(1);
  gosan::go([done, &shared] { shared = 1, done.send(); });
  const int seen = shared;
  done.recv();
  EXPECT_LE(seen, 1);
}
