// What the identity of a finding depends on, and what not.
#include <gtest/gtest.h>

#include "finding/fingerprint.hpp"
#include "finding/kinds.hpp"
#include "gate/fail_on.hpp"
#include "planted.hpp"
#include "report/json.hpp"
#include "report/sarif.hpp"
#include "report/text.hpp"

namespace {

using namespace gosan;

struct name_case {
  const char* demangled;
  const char* stable;
};

TEST(stable_name, leaves_out_what_the_compiler_numbers_and_the_types) {
  for (auto [demangled, stable] : std::initializer_list<name_case>{
           {"main", "main"},
           {"worker(counter&)", "worker"},
           {"ns::pool<int, std::vector<int>>::add(int, char const*)", "ns::pool::add"},
           {"void gosan::go<void (&)(counter&), counter&>(void (&)(counter&), counter&)", "gosan::go"},
           {"int const& first<int>(int)", "first"},
           {"main::$_0::operator()(int) const", "main::$lambda::operator()"},
           {"main::$_17::operator()(int) const", "main::$lambda::operator()"},
           {"run(int)::'lambda'(int)::operator()(int) const", "run::$lambda::operator()"},
           {"run(int)::'lambda3'(int)::operator()(int) const", "run::$lambda::operator()"},
           {"run(int)::{lambda(int)#2}::operator()(int) const", "run::$lambda::operator()"},
           {"(anonymous namespace)::worker(int)", "{anonymous}::worker"},
           {"ns::operator<(ns::a const&, ns::a const&)", "ns::operator<"},
           {"std::ostream& operator<<<char>(std::ostream&, char)", "operator<<"},
           {"bool operator<<int>(a<int>, a<int>)", "operator<"},
           {"it::operator->() const", "it::operator->"},
           {"operator new(unsigned long)", "operator_new"},
           {"text::operator bool() const", "text::operator_bool"},
           {"f<decltype(auto) () -> int>(int)", "f"},
           {"void reader<int>::loop<a>(b) const &", "reader::loop"},
           {"send[abi:cxx11](int)", "send"},
           {"worker(int) (.cold)", "worker"},
           {"", ""},
       }) {
    EXPECT_EQ(stable_name(demangled), stable) << demangled;
  }
}

TEST(fingerprint, survives_line_shifts_renamed_temporaries_and_numbers) {
  const auto before = fingerprint_of(planted::race());
  auto f = planted::race();
  for (auto& p : f.parties) {
    p.goroutine += 100;
    p.creator += 7;
    for (auto& at : p.stack) at.line += 10, at.column = 1, at.offset += 64;
    for (auto& at : p.created_at) at.line += 10;
  }
  f.message = "another wording";
  f.count = 9;
  f.notes.clear();
  EXPECT_EQ(fingerprint_of(f), before);
}

TEST(fingerprint, survives_the_other_order_of_a_race) {
  auto f = planted::race();
  std::swap(f.parties[0], f.parties[1]);
  f.parties[0].role = "read of 8 bytes";
  f.parties[1].role = "previous write of 8 bytes";
  EXPECT_EQ(fingerprint_of(f), fingerprint_of(planted::race()));
}

TEST(fingerprint, survives_renumbered_lambdas_and_objects) {
  auto f = planted::leak();
  f.parties[0].stack[2].function = "main::$_4::operator()() const";
  f.objects[0].what = "chan<8 bytes> capacity 2";
  EXPECT_EQ(fingerprint_of(f), fingerprint_of(planted::leak()));
}

TEST(fingerprint, survives_a_change_inside_the_runtime) {
  auto f = planted::leak();
  f.parties[0].stack.erase(f.parties[0].stack.begin());
  EXPECT_EQ(fingerprint_of(f), fingerprint_of(planted::leak()));
}

TEST(fingerprint, does_not_depend_on_the_grade_a_leak_reached) {
  auto f = planted::leak();
  f.grade = "proven";
  EXPECT_EQ(fingerprint_of(f), fingerprint_of(planted::leak()));
}

TEST(fingerprint, a_deadlock_of_more_alike_goroutines_is_the_same) {
  auto f = planted::leak();
  f.kind = finding_kind::deadlock;
  const auto one = fingerprint_of(f);
  f.parties.push_back(f.parties[0]);
  EXPECT_EQ(fingerprint_of(f), one);
}

TEST(fingerprint, tells_functions_creators_kinds_roles_and_variables_apart) {
  const auto before = fingerprint_of(planted::race());
  const auto changed = [&](auto change) {
    auto f = planted::race();
    change(f);
    return fingerprint_of(f) != before;
  };
  EXPECT_TRUE(changed([](finding& f) { f.parties[0].stack[0].function = "counter::sub(int)"; }));
  EXPECT_TRUE(changed([](finding& f) { f.parties[0].stack[1].function = "other_worker(counter&)"; }));
  EXPECT_TRUE(changed([](finding& f) { f.parties[0].created_at[1].function = "start_up()"; }));
  EXPECT_TRUE(changed([](finding& f) { f.kind = finding_kind::lock_order; }));
  EXPECT_TRUE(changed([](finding& f) { f.parties[1].role = "previous write of 4 bytes"; }));
  EXPECT_TRUE(changed([](finding& f) { f.objects[0].what = "global hits2"; }));
}

TEST(fingerprint, without_symbols_uses_module_and_offset) {
  auto f = planted::bare();
  const auto before = fingerprint_of(f);
  f.parties[0].stack[0].offset++;
  EXPECT_NE(fingerprint_of(f), before);
}

TEST(fold, adds_counts_of_the_same_place_and_keeps_other_places) {
  auto a = planted::leak(), b = planted::leak(), c = planted::leak();
  c.parties[0].stack[2].line++;
  std::vector<finding> all{a, b, c};
  for (auto& f : all) f.fingerprint = fingerprint_of(f);
  fold_alike(all);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].count, 6u);
  EXPECT_EQ(all[1].count, 3u);
  EXPECT_EQ(all[0].fingerprint, all[1].fingerprint);
}

TEST(check, names_a_finding_at_compile_time_everywhere) {
  auto f = planted::race();
  f.check = "gosan-closure-capture";
  EXPECT_EQ(rule_of(f), "gosan-closure-capture");
  EXPECT_NE(fingerprint_of(f), fingerprint_of(planted::race()));
  report::document d;
  d.rules = {{"gosan-closure-capture", "A title", "What to do"}};
  d.findings = {f};
  const auto sarif = report::json::parse(report::render_sarif(d, ""));
  EXPECT_EQ(sarif["runs"][0]["results"][0]["ruleId"], "gosan-closure-capture");
  EXPECT_EQ(sarif["runs"][0]["results"][0]["level"], "warning");
  EXPECT_EQ(sarif["runs"][0]["tool"]["driver"]["rules"].back()["shortDescription"]["text"], "A title");
  EXPECT_EQ(report::finding_from_json(report::to_json(f)).check, "gosan-closure-capture");
  EXPECT_EQ(report::summary_of(d.findings), "1 finding: 1 gosan-closure-capture");
  std::string error;
  EXPECT_TRUE(gate::fail_on::parse("gosan-closure-capture", error)->gates(f));
  EXPECT_FALSE(gate::fail_on::parse("data-race", error)->gates(f));
}

TEST(kinds, ids_read_back) {
  for (finding_kind k : all_kinds()) EXPECT_EQ(kind_from_id(id_of(k)), k);
  EXPECT_FALSE(kind_from_id("rust"));
  EXPECT_FALSE(kind_from_id(""));
}

}  // namespace
