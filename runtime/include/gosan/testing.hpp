// GoogleTest with goroutines: each test a scope of its own; a race, a leak, a misuse or a lock-order finding that arises in it
// fails it, with the report in its failure message.
//
// Link gosan::gtest_main instead of GTest::gtest_main, or, in a suite with its own main():
//
//   testing::InitGoogleTest(&argc, argv);
//   return gosan::testing::run_all_tests();
//
// Works with both libraries; with the plain one only leaks are seen.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>

#include "gosan/verify.hpp"

namespace gosan::testing {

// RUN_ALL_TESTS() in the main goroutine, with a listener that opens and closes the scopes. Call once.
int run_all_tests();

// Goroutines that the running test may leave behind, and nothing else of it. Until the test ends; callable several times.
void ignore(leak_options options);

// Runs the bodies as concurrent goroutines, each in a scope of its own within the running test, and waits for all. What is
// found in one is told under its name. An assertion that fails in a body counts for the running test.
void parallel(std::initializer_list<std::pair<std::string, std::function<void()>>> bodies);
void parallel(const std::vector<std::pair<std::string, std::function<void()>>>& bodies);

}  // namespace gosan::testing
