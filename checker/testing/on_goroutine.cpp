#include "testing/on_goroutine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

#include "gosan/gosan.hpp"

namespace gosan::testing {
namespace {

using ::testing::Test;
using ::testing::TestInfo;
using factory = ::testing::internal::TestFactoryBase;

// GoogleTest offers no place between a test's creation and its run. An explicit instantiation may name private members, and
// a friend defined in it hands them out.
void (Test::*run_of(Test*))();
factory* const TestInfo::*factory_of(TestInfo*);

template <auto run, auto made_by>
struct members {
  friend void (Test::*run_of(Test*))() { return run; }
  friend factory* const TestInfo::*factory_of(TestInfo*) { return made_by; }
};
template struct members<&Test::Run, &TestInfo::factory_>;

bool (*can_never_go_on)(unsigned long) = nullptr;

// Waits for the goroutine, and looks now and then, ever less often, whether there is still something to wait for.
void wait_for(const chan<void>& ended, const std::atomic<unsigned long>& goroutine) {
  if (!can_never_go_on) {
    ended.recv();
    return;
  }
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, std::chrono::milliseconds(1000))) {
    bool over = false;
    select(recv_case(ended, [&] { over = true; }), recv_case(after(pause)));
    if (over) return;
    if (const auto id = goroutine.load(); id && can_never_go_on(id)) return;
  }
}

// Stands in for the test. Only the goroutine has the test and its fixture: what is reachable from here alone counts as
// reachable by somebody who may still act, and would hide a deadlock.
class stand_in final : public Test {
 public:
  explicit stand_in(Test* real) : real_(real) {}

 private:
  void TestBody() override {
    auto ended = make_chan<void>(1);
    auto id = std::make_shared<std::atomic<unsigned long>>(0);
    go([ended, id, real = std::move(real_)]() mutable {
      id->store(this_goroutine::id());
      (real.get()->*run_of(nullptr))();
      real.reset();
      ended.send();
    });
    wait_for(ended, *id);
  }

  std::unique_ptr<Test> real_;
};

class stand_in_factory final : public factory {
 public:
  explicit stand_in_factory(factory* real) : real_(real) {}
  Test* CreateTest() override {
    Test* real = real_->CreateTest();
    return real ? new stand_in(real) : nullptr;
  }

 private:
  const std::unique_ptr<factory> real_;
};

}  // namespace

void run_tests_on_goroutines(bool (*is_dead)(unsigned long goroutine)) {
  can_never_go_on = is_dead;
  const auto& all = *::testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const auto& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      auto* info = const_cast<TestInfo*>(suite.GetTestInfo(t));
      auto*& made_by = const_cast<factory*&>(info->*factory_of(nullptr));
      made_by = new stand_in_factory(made_by);  // the TestInfo deletes it
    }
  }
}

}  // namespace gosan::testing
