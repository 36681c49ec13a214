// Failures of assertions to the test they are of, when several tests run at the same time. GoogleTest knows one current test; here
// it is the test whose turn it is, and the others' results wait with them.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace gosan::testing {

// From now on, until the end of the program, a result goes to the test of the goroutine or thread that made it. Test::HasFatalFailure() and
// its like, Test::RecordProperty() and UnitTest::current_test_info() then answer for that test.
void route_results();
// To GoogleTest, for the test whose turn it is.
void pass_on(const ::testing::TestPartResult& r);
void pass_on_property(const std::string& key, const std::string& value);

}  // namespace gosan::testing
