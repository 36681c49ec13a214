#include <gtest/gtest.h>

#include "gosan/testing.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return gosan::testing::run_all_tests();
}
