#include "testing/attribution.hpp"

#include <string>

#include "testing/running.hpp"

namespace gosan::testing {
namespace {

class router final : public ::testing::ScopedFakeTestPartResultReporter {
 public:
  router() : ScopedFakeTestPartResultReporter(INTERCEPT_ALL_THREADS, &unused_) {}
  void ReportTestPartResult(const ::testing::TestPartResult& r) override {
    if (const auto test = running_test::current()) {
      test->add_result(r);
    } else {
      pass_on(r);
    }
  }
  void pass_on(const ::testing::TestPartResult& r) { access::replaced_by(*this)->ReportTestPartResult(r); }

 private:
  ::testing::TestPartResultArray unused_;
};

router* routes = nullptr;  // constant once tests run

std::shared_ptr<running_test> routed() { return routes ? running_test::current() : nullptr; }

}  // namespace

void route_results() {
  if (!routes) routes = new router;  // never deleted: results may come until the end
}

void pass_on(const ::testing::TestPartResult& r) { routes->pass_on(r); }

}  // namespace gosan::testing

// The program is linked with --wrap for these functions of GoogleTest, by their names under the Itanium ABI: its own code then calls
// __wrap_*. Weak, for a GoogleTest without them.
using gosan::testing::routed;
using text = std::string;

#define GOSAN_REAL(name) __real_##name
#define GOSAN_WRAP(name) __wrap_##name
#define HAS_FATAL _ZN7testing4Test15HasFatalFailureEv
#define HAS_NONFATAL _ZN7testing4Test18HasNonfatalFailureEv
#define IS_SKIPPED _ZN7testing4Test9IsSkippedEv
#define RECORD_TEXT _ZN7testing4Test14RecordPropertyERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEES8_
#define RECORD_NUMBER _ZN7testing4Test14RecordPropertyERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEi
#define TEST_INFO _ZNK7testing8UnitTest17current_test_infoEv
#define DEATH_TEST _ZN7testing8internal9DeathTest6CreateEPKcNS_7MatcherIRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEEES3_iPPS1_
#define EXPANDED(macro, name) macro(name)

extern "C" {

[[gnu::weak]] bool EXPANDED(GOSAN_REAL, HAS_FATAL)();
[[gnu::weak]] bool EXPANDED(GOSAN_REAL, HAS_NONFATAL)();
[[gnu::weak]] bool EXPANDED(GOSAN_REAL, IS_SKIPPED)();
[[gnu::weak]] void EXPANDED(GOSAN_REAL, RECORD_TEXT)(const text& key, const text& value);
[[gnu::weak]] void EXPANDED(GOSAN_REAL, RECORD_NUMBER)(const text& key, int value);
[[gnu::weak]] const ::testing::TestInfo* EXPANDED(GOSAN_REAL, TEST_INFO)(const ::testing::UnitTest* all);
// The matcher is a class with a destructor: passed by value it is an address.
[[gnu::weak]] bool EXPANDED(GOSAN_REAL, DEATH_TEST)(const char* statement, void* matcher, const char* file, int line, void** made);

bool EXPANDED(GOSAN_WRAP, HAS_FATAL)() {
  const auto test = routed();
  return test ? test->has_fatal_failure() : EXPANDED(GOSAN_REAL, HAS_FATAL)();
}

bool EXPANDED(GOSAN_WRAP, HAS_NONFATAL)() {
  const auto test = routed();
  return test ? test->has_nonfatal_failure() : EXPANDED(GOSAN_REAL, HAS_NONFATAL)();
}

bool EXPANDED(GOSAN_WRAP, IS_SKIPPED)() {
  const auto test = routed();
  return test ? test->is_skipped() : EXPANDED(GOSAN_REAL, IS_SKIPPED)();
}

}  // extern "C"

void gosan::testing::pass_on_property(const text& key, const text& value) { EXPANDED(GOSAN_REAL, RECORD_TEXT)(key, value); }

extern "C" {

void EXPANDED(GOSAN_WRAP, RECORD_TEXT)(const text& key, const text& value) {
  const auto test = routed();
  return test ? test->add_property(key, value) : EXPANDED(GOSAN_REAL, RECORD_TEXT)(key, value);
}

void EXPANDED(GOSAN_WRAP, RECORD_NUMBER)(const text& key, int value) {
  const auto test = routed();
  return test ? test->add_property(key, std::to_string(value)) : EXPANDED(GOSAN_REAL, RECORD_NUMBER)(key, value);
}

const ::testing::TestInfo* EXPANDED(GOSAN_WRAP, TEST_INFO)(const ::testing::UnitTest* all) {
  const auto test = routed();
  return test ? &test->info() : EXPANDED(GOSAN_REAL, TEST_INFO)(all);
}

// GoogleTest finds the statement again in the child by the test whose turn it is.
bool EXPANDED(GOSAN_WRAP, DEATH_TEST)(const char* statement, void* matcher, const char* file, int line, void** made) {
  if (const auto test = routed()) test->await_turn();
  return EXPANDED(GOSAN_REAL, DEATH_TEST)(statement, matcher, file, line, made);
}

}  // extern "C"
