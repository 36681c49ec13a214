#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <optional>
#include <span>

#include "gosan/gosan.hpp"
#include "gosan/testing.hpp"

// Of the recording library; a program that links the plain one has none of these.
namespace gosan::live::findings {
[[gnu::weak]] std::vector<finding> all();
}
namespace gosan::report {
[[gnu::weak]] void add_symbols(std::span<finding> findings);
[[gnu::weak]] std::string render_text(std::span<const finding> findings, bool colours);
}  // namespace gosan::report

namespace gosan::testing {
namespace {

// What the running test may leave behind. Only the test's own goroutines touch it, under the lock.
mutex ignored_lock;
leak_options ignored;

leak_options take_ignored() {
  const std::lock_guard hold(ignored_lock);
  return ignored;
}

std::string text_of(std::vector<finding> list) {
  if (!report::render_text) {
    std::string text;
    for (const auto& f : list) text += f.message + "\n";
    return text;
  }
  report::add_symbols(list);
  return report::render_text(list, false);
}

// Those of the scope that were not told yet.
std::vector<finding> found_in(const std::string& scope) {
  if (!live::findings::all) return {};
  std::vector<finding> list;
  for (auto& f : live::findings::all()) {
    if (f.scope == scope) list.push_back(std::move(f));
  }
  return list;
}

class scope_listener final : public ::testing::EmptyTestEventListener {
 public:
  void OnTestStart(const ::testing::TestInfo& test) override {
    ignored = {};
    name_ = std::string(test.test_suite_name()) + "." + test.name();
    told_ = found_in(name_).size();  // of an earlier repetition
    scope_.emplace(name_);
  }

  void OnTestEnd(const ::testing::TestInfo&) override {
    verify_no_leaks(take_ignored());
    std::vector<finding> list = found_in(name_);
    if (!live::findings::all) list = leaks(take_ignored());
    list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(told_, list.size())));
    if (!list.empty()) ADD_FAILURE() << text_of(std::move(list));
    scope_.reset();
  }

 private:
  std::string name_;
  std::size_t told_ = 0;
  std::optional<verify_scope> scope_;
};

template <typename T>
void append(std::vector<T>& to, std::vector<T>& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

std::string running_test() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return test ? std::string(test->test_suite_name()) + "." + test->name() : "";
}

}  // namespace

int run_all_tests() {
  ::testing::UnitTest::GetInstance()->listeners().Append(new scope_listener);
  int status = 0;
  const int ended = run([&] { status = RUN_ALL_TESTS(); });
  return status ? status : ended;
}

void ignore(leak_options o) {
  const std::lock_guard hold(ignored_lock);
  append(ignored.ignore_top_function, o.ignore_top_function);
  append(ignored.ignore_any_function, o.ignore_any_function);
  append(ignored.ignore_created_by, o.ignore_created_by);
  append(ignored.ignore_name, o.ignore_name);
  append(ignored.ignore_goroutines, o.ignore_goroutines);
}

void parallel(const std::vector<std::pair<std::string, std::function<void()>>>& bodies) {
  const std::string outer = running_test();
  wait_group all;
  for (const auto& [name, body] : bodies) {
    all.go([scope = outer + "/" + name, &body] {
      const verify_scope mine(scope);
      body();
      verify_no_leaks(take_ignored());
    });
  }
  all.wait();
  for (const auto& [name, body] : bodies) {
    if (auto list = found_in(outer + "/" + name); !list.empty()) ADD_FAILURE() << "in " << name << ":\n" << text_of(std::move(list));
  }
}

void parallel(std::initializer_list<std::pair<std::string, std::function<void()>>> bodies) {
  parallel(std::vector<std::pair<std::string, std::function<void()>>>(bodies));
}

}  // namespace gosan::testing
