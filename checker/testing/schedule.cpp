#include "testing/schedule.hpp"

#include <string_view>

namespace gosan::testing {
namespace {

using access::factory;
using access::Test;
using access::TestInfo;
using access::TestSuite;

// GoogleTest runs this in the place of the test.
class stand_in final : public Test {
 public:
  stand_in(const TestInfo& info, factory& real) : info_(info), real_(real) {}

 private:
  void TestBody() override {
    const auto test = schedule::get().turn_of(info_, real_);
    test->take_turn();
    test->wait();
    test->tell_findings();
  }

  const TestInfo& info_;
  factory& real_;
};

class stand_in_factory final : public factory {
 public:
  stand_in_factory(const TestInfo& info, factory* real) : info_(info), real_(real) {}
  Test* CreateTest() override { return new stand_in(info_, *real_); }
  factory& real() { return *real_; }

 private:
  const TestInfo& info_;
  const std::unique_ptr<factory> real_;
};

template <typename F>
void each_suite(F f) {
  const auto& all = *::testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) f(*all.GetTestSuite(s));
}

template <typename F>
void each_test(const TestSuite& suite, F f) {
  for (int t = 0; t < suite.total_test_count(); ++t) f(*suite.GetTestInfo(t));
}

}  // namespace

schedule& schedule::get() {
  static auto* one = new schedule;  // wardens may be alive until the end
  return *one;
}

void schedule::take_over_all_tests() {
  each_suite([this](const TestSuite& suite) {
    each_test(suite, [this, &suite](const TestInfo& info) {
      factory*& made_by = access::factory_of(const_cast<TestInfo&>(info));
      auto* ours = new stand_in_factory(info, made_by);  // the TestInfo deletes it
      all_[&info] = {&ours->real(), &suite};
      made_by = ours;
    });
  });
}

void schedule::begin_iteration() {
  const std::lock_guard hold(lock_);
  tests_.clear();
  queued_.clear();
  queue_.clear();
}

// Left out: tests with a value parameter, which GoogleTest keeps in one variable for all of them, and suites of death tests, for which
// it promises to run nothing beside them.
bool schedule::may_run_ahead(const TestInfo& info) const {
  return info.should_run() && !info.value_param() && std::string_view(info.test_suite_name()).find("DeathTest") == std::string_view::npos;
}

std::shared_ptr<running_test> schedule::test_of(const TestInfo& info, factory& make) {
  auto& test = tests_[&info];
  if (!test) test = std::make_shared<running_test>(info, make);
  return test;
}

void schedule::queue_tests_of(const TestSuite& suite) {
  if (!queued_.insert(&suite).second) return;
  each_test(suite, [this](const TestInfo& info) {
    if (may_run_ahead(info)) queue_.push_back(test_of(info, *all_.at(&info).make));
  });
}

// A suite that is set up and torn down as a whole has its tests run between these two; all others may run at any time.
void schedule::queue_for(const TestInfo& info) {
  each_suite([this](const TestSuite& suite) {
    if (!access::has_suite_functions(suite)) queue_tests_of(suite);
  });
  queue_tests_of(*all_.at(&info).suite);
}

void schedule::begin(const std::shared_ptr<running_test>& test) {
  ++running_;
  test->start([this] {
    const std::lock_guard hold(lock_);
    --running_;
    begin_more();
  });
}

void schedule::begin_more() {
  while (running_ < limit_ && !queue_.empty()) {
    const auto next = std::move(queue_.front());
    queue_.pop_front();
    if (!next->started()) begin(next);
  }
}

std::shared_ptr<running_test> schedule::turn_of(const TestInfo& info, factory& make) {
  const std::lock_guard hold(lock_);
  if (limit_ > 1) queue_for(info);
  const auto test = test_of(info, make);
  if (!test->started()) begin(test);
  begin_more();
  return test;
}

}  // namespace gosan::testing
