#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "gosan/gosan.hpp"
#include "gosan/testing.hpp"
#include "options/options.hpp"
#include "testing/attribution.hpp"
#include "testing/findings.hpp"
#include "testing/recording.hpp"
#include "testing/running.hpp"
#include "testing/schedule.hpp"

GTEST_DECLARE_bool_(death_test_use_fork);

namespace gosan::testing {
namespace {

class iteration_listener final : public ::testing::EmptyTestEventListener {
  void OnTestIterationStart(const ::testing::UnitTest&, int) override { schedule::get().begin_iteration(); }
};

// A test object keeps GoogleTest's flags when it is made and sets them back when it goes, with the values they have. Tests that run
// beside one another, and one that is left as it stands, have no order there.
void pass_over_flags() {
  constexpr const char* why = "GoogleTest's flags, set to what they are";
  const auto flag = [](const auto& f) { annotate::benign_race(&f, sizeof f, why); };
  const auto text = [&flag](const std::string& f) {
    flag(f);
    annotate::benign_race(f.data(), f.capacity() + 1, why);
  };
#define GOSAN_FLAG(name) ::testing::FLAGS_gtest_##name
  for (const std::string* f : {&GOSAN_FLAG(color), &GOSAN_FLAG(death_test_style), &GOSAN_FLAG(filter), &GOSAN_FLAG(internal_run_death_test),
                               &GOSAN_FLAG(output), &GOSAN_FLAG(stream_result_to)})
    text(*f);
  for (const bool* f : {&GOSAN_FLAG(also_run_disabled_tests), &GOSAN_FLAG(break_on_failure), &GOSAN_FLAG(catch_exceptions),
                        &GOSAN_FLAG(death_test_use_fork), &GOSAN_FLAG(fail_fast), &GOSAN_FLAG(list_tests), &GOSAN_FLAG(brief), &GOSAN_FLAG(print_time),
                        &GOSAN_FLAG(print_utf8), &GOSAN_FLAG(recreate_environments_when_repeating), &GOSAN_FLAG(shuffle),
                        &GOSAN_FLAG(throw_on_failure)})
    flag(*f);
  for (const auto* f : {&GOSAN_FLAG(random_seed), &GOSAN_FLAG(repeat), &GOSAN_FLAG(stack_trace_depth)}) flag(*f);
#undef GOSAN_FLAG
}

bool is_death_test_child() { return !GTEST_FLAG_GET(internal_run_death_test).empty(); }

std::size_t wanted_parallel = 0;

// Only the recording library tells which test a goroutine is of.
void prepare_parallel() {
  const std::size_t n = wanted_parallel ? wanted_parallel : static_cast<std::size_t>(process_options().test_parallel);
  if (n <= 1 || !recording() || is_death_test_child()) return;
  schedule::get().set_limit(n);
  route_results();
}

// The child of a death test dies on purpose: its parent judges it. And it runs the program anew, as a forked one has no other
// threads and so no goroutines but the one that forked.
void prepare_death_tests() {
  if (is_death_test_child() && live::process::stay_silent) live::process::stay_silent();
  if (GTEST_FLAG_GET(death_test_style) == "fast") GTEST_FLAG_SET(death_test_style, "threadsafe");
}

bool tell_late_findings() {
  std::vector<finding> late = late_findings();
  if (!gates(late)) return false;
  std::printf("found in tests that were over already:\n%s\n", text_of(std::move(late)).c_str());
  return true;
}

}  // namespace

int run_all_tests() {
  prepare_death_tests();
  prepare_parallel();
  pass_over_flags();
  schedule::get().take_over_all_tests();
  ::testing::UnitTest::GetInstance()->listeners().Append(new iteration_listener);
  int status = 0;
  const int ended = run([&] {
    status = RUN_ALL_TESTS();
    if (tell_late_findings() && status == 0) status = 1;
  });
  return status ? status : ended;
}

void parallel(std::size_t tests) { wanted_parallel = tests ? tests : 4 * static_cast<std::size_t>(gomaxprocs()); }

void ignore(const leak_options& o) {
  if (const auto test = running_test::current()) test->ignore(o);
}

void ignore(finding_kind k) {
  if (const auto test = running_test::current()) test->ignore(k);
}

}  // namespace gosan::testing
