// Baseline, suppressions and the verdict.
#include "gate/gate.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>

#include "finding/fingerprint.hpp"
#include "planted.hpp"
#include "report/user_error.hpp"

namespace {

using namespace gosan;
using testing::TempDir;

std::string complaint(const std::function<void()>& f) {
  try {
    f();
  } catch (const report::user_error& e) {
    return e.what();
  }
  return {};
}

gate::suppressions lines(const std::string& text) {
  std::istringstream in(text);
  return gate::suppressions::parse(in, "file");
}

TEST(suppressions, match_by_every_field) {
  for (const char* line : {
           "data-race", "deadlock,data-race", "* function=counter::add", "data-race function=counter::*",
           "data-race function=\"counter::add(int)\"", "* file=counter.cpp", "* file=app/counter.cpp", "* file=/src/app/*",
           "* module=program", "* created=main", "* created=main.cpp", "* name=worker", "* message=\"*global hits*\"",
           "* fingerprint=0123", "data-race function=counter::add created=main name=work*   # all of them", "  data-race\t\r",
       }) {
    auto f = planted::race();
    f.fingerprint = "0123";
    EXPECT_TRUE(lines(line).match(f)) << line;
  }
}

TEST(suppressions, leave_alone_what_differs_in_one_field) {
  for (const char* line : {"deadlock", "* function=add", "* function=counter", "* file=ounter.cpp", "* module=prog", "* created=counter::add",
                           "* name=work", "* message=hits", "deadlock function=counter::add", "data-race function=counter::add name=other",
                           "", "# data-race", "   "}) {
    EXPECT_FALSE(lines(line).match(planted::race())) << line;
  }
}

TEST(suppressions, list_the_unused_ones) {
  auto s = lines("data-race function=counter::add\n\n# comment\ndeadlock\ndata-race");
  s.match(planted::race());
  EXPECT_EQ(s.unused(), std::vector<std::string>{"file:4: deadlock"});
}

TEST(suppressions, name_file_line_and_fault) {
  const std::pair<const char*, const char*> bad[] = {
      {"rust", "'rust'"}, {"data-race,rust", "'rust'"}, {"*", "everything"}, {"* colour=red", "'colour'"},
      {"* function", "'function'"}, {"* function=", "'function'"}, {"* file=\"a b", "quote"}, {"* =x", "''"}, {"data-race,", "''"}};
  for (auto [line, fault] : bad) {
    const auto text = complaint([&] { lines(std::string("\n") + line); });
    EXPECT_EQ(text.find("file:2: "), 0u) << line << " -> " << text;
    EXPECT_NE(text.find(fault), std::string::npos) << line << " -> " << text;
  }
  EXPECT_NE(complaint([] { gate::suppressions::read("/no/such"); }).find("/no/such"), std::string::npos);
}

TEST(baseline, dates) {
  for (const char* good : {"2026-12-31", "2024-02-29"}) EXPECT_TRUE(gate::is_date(good)) << good;
  for (const char* bad : {"", "2026-13-01", "2025-02-29", "2026-1-1", "2026-12-31x", "tomorrow", "2026/12/31"}) {
    EXPECT_FALSE(gate::is_date(bad)) << bad;
  }
  gate::baseline_entry e;
  EXPECT_FALSE(gate::is_expired(e, "2999-01-01"));
  e.expires = "2026-06-01";
  EXPECT_FALSE(gate::is_expired(e, "2026-06-01"));
  EXPECT_TRUE(gate::is_expired(e, "2026-06-02"));
  EXPECT_TRUE(gate::is_date(gate::today())) << gate::today();
}

class baseline_file : public testing::Test {
 protected:
  void SetUp() override { path = TempDir() + "gosan_baseline_" + std::to_string(getpid()); }
  void TearDown() override { std::remove(path.c_str()); }
  void write(const std::string& text) { std::ofstream(path) << text; }
  std::string path;
};

TEST_F(baseline_file, keeps_what_people_wrote_and_drops_what_is_gone) {
  report::document d = planted::document();
  for (auto& f : d.findings) f.fingerprint = fingerprint_of(f);
  gate::baseline b;
  gate::baseline_entry model;
  model.issue = "https://example.org/1";
  model.expires = "2030-01-01";
  auto change = b.update(d, model);
  EXPECT_EQ(change.added, 3u);
  b.write(path);

  b = gate::baseline::read(path);
  d.findings.erase(d.findings.begin());
  change = b.update(d, {});
  EXPECT_EQ(change.kept, 2u);
  EXPECT_EQ(change.added, 0u);
  EXPECT_EQ(change.removed, 1u);
  const auto* e = b.find(d.findings[0]);
  ASSERT_TRUE(e);
  EXPECT_EQ(e->issue, "https://example.org/1");
  EXPECT_EQ(e->expires, "2030-01-01");
  EXPECT_EQ(e->kind, "goroutine-leak");
  EXPECT_EQ(e->function, "main::$lambda::operator()");
}

TEST_F(baseline_file, names_what_is_wrong) {
  const std::string head = R"({"format":"gosan-baseline","version":1,"entries":)";
  const std::pair<std::string, const char*> bad[] = {
      {"", "byte"}, {"[]", "'format'"}, {"{\"format\":\"x\"}", "'format'"}, {R"({"format":"gosan-baseline","version":2})", "version"},
      {head + "{}}", "no array"}, {head + "[3]}", "entry 1 is no object"}, {head + "[{}]}", "no 'fingerprint'"},
      {head + R"([{"fingerprint":"a"},{"fingerprint":"b","expires":"soon"}]})", "entry 2 expires 'soon'"},
      {head + R"([{"fingerprint":1}]})", "no text"}};
  for (const auto& [text, fault] : bad) {
    write(text);
    const auto said = complaint([&] { gate::baseline::read(path); });
    EXPECT_NE(said.find(path), std::string::npos) << text << " -> " << said;
    EXPECT_NE(said.find(fault), std::string::npos) << text << " -> " << said;
  }
  EXPECT_NE(complaint([] { gate::baseline::read("/no/such"); }).find("/no/such"), std::string::npos);
  EXPECT_NE(complaint([] { gate::baseline().write("/no/such"); }).find("/no/such"), std::string::npos);
}

class verdict : public baseline_file {
 protected:
  void SetUp() override {
    baseline_file::SetUp();
    d = planted::document();
    for (auto& f : d.findings) f.fingerprint = fingerprint_of(f);
  }
  std::vector<std::string> standings() const {
    std::vector<std::string> list;
    for (const auto& f : d.findings) list.push_back(f.standing);
    return list;
  }
  report::document d;
};

TEST_F(verdict, everything_is_new_without_rules) {
  gate::rules r;
  EXPECT_EQ(gate::judge(d, r), 3u);
  EXPECT_EQ(standings(), (std::vector<std::string>{"new", "new", "new"}));
  EXPECT_TRUE(d.notes.empty());
}

TEST_F(verdict, known_expired_suppressed_and_fixed) {
  auto known = d;
  known.findings.erase(known.findings.begin());
  auto gone = planted::leak();
  gone.fingerprint = "gone";
  known.findings.push_back(gone);
  gate::rules r;
  r.known.emplace().update(known, {});
  auto old = planted::document();
  r.suppressed = lines("unhandled-panic\ndeadlock");
  r.today = "2026-01-01";
  EXPECT_EQ(gate::judge(d, r), 1u);
  EXPECT_EQ(standings(), (std::vector<std::string>{"new", "known", "suppressed"}));
  ASSERT_EQ(d.notes.size(), 2u);
  EXPECT_EQ(d.notes[0], "fixed or not met in this run: baseline entry gone goroutine-leak in main::$lambda::operator()");
  EXPECT_EQ(d.notes[1], "unused suppression file:2: deadlock");
}

TEST_F(verdict, an_expired_entry_fails_and_is_told) {
  gate::baseline_entry model;
  model.expires = "2025-12-31";
  model.owner = "ann";
  gate::rules r;
  r.known.emplace().update(d, model);
  r.today = "2026-01-01";
  EXPECT_EQ(gate::judge(d, r), 3u);
  EXPECT_EQ(standings()[0], "expired");
  EXPECT_NE(d.notes.at(0).find("expired on 2025-12-31"), std::string::npos);
  EXPECT_NE(d.notes.at(0).find("owner ann"), std::string::npos);
  d.notes.clear();
  r.today = "2025-12-31";
  EXPECT_EQ(gate::judge(d, r), 0u);
}

}  // namespace
