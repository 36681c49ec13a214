#include "testing/gtest_access.hpp"

namespace gosan::testing::access {
namespace {

using ::testing::ScopedFakeTestPartResultReporter;
using method = void (Test::*)();
using suite_function = void (*)();

// An explicit instantiation may name private members, and a friend defined in it hands them out.
method set_up_of(Test*);
method body_of(Test*);
method tear_down_of(Test*);
factory* const TestInfo::*factory_member(TestInfo*);
suite_function TestSuite::*set_up_member(TestSuite*);
suite_function TestSuite::*tear_down_member(TestSuite*);
TestPartResultReporterInterface* ScopedFakeTestPartResultReporter::*replaced_member(ScopedFakeTestPartResultReporter*);

template <method up, method run, method down>
struct of_test {
  friend method set_up_of(Test*) { return up; }
  friend method body_of(Test*) { return run; }
  friend method tear_down_of(Test*) { return down; }
};
template struct of_test<&Test::SetUp, &Test::TestBody, &Test::TearDown>;

template <auto made_by, auto up, auto down, auto replaced>
struct of_others {
  friend factory* const TestInfo::*factory_member(TestInfo*) { return made_by; }
  friend suite_function TestSuite::*set_up_member(TestSuite*) { return up; }
  friend suite_function TestSuite::*tear_down_member(TestSuite*) { return down; }
  friend TestPartResultReporterInterface* ScopedFakeTestPartResultReporter::*replaced_member(ScopedFakeTestPartResultReporter*) {
    return replaced;
  }
};
template struct of_others<&TestInfo::factory_, &TestSuite::set_up_tc_, &TestSuite::tear_down_tc_,
                          &ScopedFakeTestPartResultReporter::old_reporter_>;

}  // namespace

void set_up(Test& t) { (t.*set_up_of(nullptr))(); }
void body(Test& t) { (t.*body_of(nullptr))(); }
void tear_down(Test& t) { (t.*tear_down_of(nullptr))(); }
factory*& factory_of(TestInfo& t) { return const_cast<factory*&>(t.*factory_member(nullptr)); }
bool has_suite_functions(const TestSuite& s) { return s.*set_up_member(nullptr) || s.*tear_down_member(nullptr); }
TestPartResultReporterInterface* replaced_by(ScopedFakeTestPartResultReporter& r) { return r.*replaced_member(nullptr); }

}  // namespace gosan::testing::access
