// GoogleTest with goroutines: each test is one, with a scope of its own that all it spawns inherit; a race, a leak, a deadlock, a misuse
// or a lock-order finding that arises in it fails it, with the report in its failure message. What the gate lets pass (options fail_on,
// baseline, suppressions) fails no test.
//
// Link gosan::gtest_main instead of GTest::gtest_main, or gosan::testing in a suite with its own main():
//
//   testing::InitGoogleTest(&argc, argv);
//   return gosan::testing::run_all_tests();
//
// A test that can never go on fails and is left as it stands, and the suite goes on: when it is proven by what memory reaches that
// nobody can wake it, or when all goroutines of the program wait and no timer, descriptor or thread is left that could wake one. A test
// that waits for something that others could still do is waited for.
//
// Death tests run in the style "threadsafe", whatever the flag says: a forked process has no goroutines.
// Works with both libraries; with the plain one only leaks are seen, and a test that is deadlocked ends the program.
#pragma once

#include <cstddef>

#include "gosan/verify.hpp"

namespace gosan::testing {

// RUN_ALL_TESTS() in the main goroutine, each test in one of its own. Call once.
int run_all_tests();

// Up to `tests` tests run at the same time, each with its findings and failed assertions told as its own; 0 = four times the
// processors. GoogleTest's output keeps its order. Call before run_all_tests(); the option test_parallel does the same.
// Not beside others run: tests with a value parameter, suites named *DeathTest, and tests of a suite with SetUpTestSuite() or
// TearDownTestSuite() beside those of other suites. With the plain library tests run one after another.
void parallel(std::size_t tests = 0);

// Goroutines that the running test may leave behind, and nothing else of it. Until the test ends; callable several times.
void ignore(const leak_options& options);
// Findings of this kind are meant in the running test: they are not told and fail nothing.
void ignore(finding_kind kind);

}  // namespace gosan::testing
