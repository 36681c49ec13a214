#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <optional>
#include <span>

#include "gosan/gosan.hpp"
#include "gosan/testing.hpp"
#include "testing/on_goroutine.hpp"

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

// In the order in which they were found.
std::vector<finding> found_in(const std::string& scope) {
  if (!live::findings::all) return {};
  std::vector<finding> list = live::findings::all();
  std::erase_if(list, [&](const finding& f) { return f.scope != scope; });
  return list;
}

// What came since `before`, of a scope that an earlier repetition had too: an alike one is counted there, not added.
std::vector<finding> fresh_in(const std::string& scope, const std::vector<finding>& before) {
  std::vector<finding> list = found_in(scope);
  for (std::size_t i = 0; i < std::min(before.size(), list.size()); ++i) list[i].count -= before[i].count;
  std::erase_if(list, [](const finding& f) { return f.count == 0; });
  return list;
}

bool takes_part(const finding& f, unsigned long goroutine) {
  return std::any_of(f.parties.begin(), f.parties.end(), [&](const party& p) { return p.goroutine == goroutine; });
}

// Looks anew, in the running test's scope.
bool is_dead(unsigned long goroutine) {
  leak_options o;
  o.settle = {};
  o.proven_only = true;
  auto list = leaks(o);
  for (auto& f : live::findings::all()) {
    if (f.kind == finding_kind::partial_deadlock || f.kind == finding_kind::double_lock) list.push_back(std::move(f));
  }
  return std::any_of(list.begin(), list.end(), [&](const finding& f) { return takes_part(f, goroutine); });
}

class scope_listener final : public ::testing::EmptyTestEventListener {
 public:
  void OnTestStart(const ::testing::TestInfo& test) override {
    ignored = {};
    name_ = std::string(test.test_suite_name()) + "." + test.name();
    before_ = found_in(name_);
    scope_.emplace(name_);
  }

  void OnTestEnd(const ::testing::TestInfo&) override {
    verify_no_leaks(take_ignored());
    std::vector<finding> list = live::findings::all ? fresh_in(name_, before_) : leaks(take_ignored());
    if (!list.empty()) ADD_FAILURE() << text_of(std::move(list));
    scope_.reset();
  }

 private:
  std::string name_;
  std::vector<finding> before_;  // of earlier repetitions
  std::optional<verify_scope> scope_;
};

template <typename T>
void append(std::vector<T>& to, std::vector<T>& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

int run_all_tests() {
  ::testing::UnitTest::GetInstance()->listeners().Append(new scope_listener);
  run_tests_on_goroutines(live::findings::all ? is_dead : nullptr);
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

}  // namespace gosan::testing
