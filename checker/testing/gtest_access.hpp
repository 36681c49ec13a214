// What GoogleTest offers no public way to. The one place that names its private members.
#pragma once

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace gosan::testing::access {

using ::testing::Test;
using ::testing::TestInfo;
using ::testing::TestPartResultReporterInterface;
using ::testing::TestSuite;
using factory = ::testing::internal::TestFactoryBase;

void set_up(Test& t);
void body(Test& t);
void tear_down(Test& t);
factory*& factory_of(TestInfo& t);
bool has_suite_functions(const TestSuite& s);
// The reporter that `r` stands in for.
TestPartResultReporterInterface* replaced_by(::testing::ScopedFakeTestPartResultReporter& r);

}  // namespace gosan::testing::access
