// The words of --fail-on.
#include "gate/fail_on.hpp"

#include <gtest/gtest.h>

#include "planted.hpp"

namespace {

using namespace gosan;

bool gates(const char* words, finding f, const char* standing = "new") {
  std::string error;
  const auto parsed = gate::fail_on::parse(words, error);
  EXPECT_TRUE(parsed) << words << ": " << error;
  f.standing = standing;
  return parsed && parsed->gates(f);
}

TEST(fail_on, all_and_none) {
  EXPECT_TRUE(gates("all", planted::race()));
  EXPECT_FALSE(gates("none", planted::race()));
}

TEST(fail_on, kinds_and_grades) {
  EXPECT_TRUE(gates("deadlock,data-race", planted::race()));
  EXPECT_FALSE(gates("deadlock", planted::race()));
  EXPECT_TRUE(gates("goroutine-leak", planted::leak()));
  EXPECT_TRUE(gates("goroutine-leak:alive", planted::leak()));
  EXPECT_FALSE(gates("goroutine-leak:proven", planted::leak()));
}

TEST(fail_on, new_leaves_out_what_the_baseline_knows) {
  EXPECT_FALSE(gates("new:data-race", planted::race(), "known"));
  EXPECT_TRUE(gates("data-race", planted::race(), "known"));
  EXPECT_TRUE(gates("new:all", planted::race(), "expired"));
  EXPECT_TRUE(gates("new:goroutine-leak,data-race", planted::race(), "known"));
  EXPECT_FALSE(gates("new:goroutine-leak,data-race", planted::leak(), "known"));
}

TEST(fail_on, a_suppressed_finding_never_fails) { EXPECT_FALSE(gates("all", planted::race(), "suppressed")); }

TEST(fail_on, the_default_is_new_findings_of_all_kinds) {
  auto f = planted::race();
  f.standing = "new";
  EXPECT_TRUE(gate::fail_on().gates(f));
  f.standing = "known";
  EXPECT_FALSE(gate::fail_on().gates(f));
}

TEST(fail_on, names_the_word_at_fault) {
  for (const char* bad : {"", "rust", "data-race,", ",data-race", "data-race:proven", "goroutine-leak:dead", "new:none",
                          "none,data-race", "new:"}) {
    std::string error;
    EXPECT_FALSE(gate::fail_on::parse(bad, error)) << bad;
    EXPECT_NE(error.find('\''), std::string::npos) << error;
  }
}

}  // namespace
