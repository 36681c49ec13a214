// GoogleTest with goroutines: each test is one, with a scope of its own; a race, a leak, a deadlock, a misuse or a lock-order
// finding that arises in it fails it, with the report in its failure message. A test of which it is proven that
// nobody can wake it is left as it stands and the suite goes on; where memory in use still points to what it waits for, even a
// forgotten word of it, there is no proof, and the suite waits.
//
// Link gosan::gtest_main instead of GTest::gtest_main, or, in a suite with its own main():
//
//   testing::InitGoogleTest(&argc, argv);
//   return gosan::testing::run_all_tests();
//
// Works with both libraries; with the plain one only leaks are seen, and a test that is deadlocked ends the program.
#pragma once

#include "gosan/verify.hpp"

namespace gosan::testing {

// RUN_ALL_TESTS() in the main goroutine, with a listener that opens and closes the scopes. Call once.
int run_all_tests();

// Goroutines that the running test may leave behind, and nothing else of it. Until the test ends; callable several times.
void ignore(leak_options options);

}  // namespace gosan::testing
