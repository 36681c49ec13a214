// From the running program to the reader.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "planted.hpp"
#include "report/json.hpp"
#include "report/result_file.hpp"
#include "report/result_reader.hpp"

namespace {

using namespace gosan;

class result_file_test : public testing::Test {
 protected:
  void SetUp() override {
    path = testing::TempDir() + "gosan_result_" + std::to_string(getpid());
    std::remove(path.c_str());
    ASSERT_TRUE(result_file::open(path));
  }
  void TearDown() override { std::remove(path.c_str()); }

  report::result read() {
    std::ifstream in(path);
    return report::read_result(in);
  }

  std::string path;
};

TEST_F(result_file_test, gives_back_what_was_written) {
  result_file::header h;
  h.program = "/bin/a";
  h.detectors = {"race"};
  ASSERT_TRUE(result_file::write_header(h));
  ASSERT_TRUE(result_file::write_finding(planted::race()));
  ASSERT_TRUE(result_file::write_finding(planted::bare()));
  result_file::footer f;
  f.finished = true;
  f.status = 4;
  f.repeated = {{1, 12}};
  f.counts = {{"bytes", 99}};
  f.notes = {"a note"};
  ASSERT_TRUE(result_file::write_footer(f));

  const auto r = read();
  EXPECT_TRUE(r.faults.empty()) << r.faults.front();
  ASSERT_EQ(r.found.processes.size(), 1u);
  const auto& p = r.found.processes[0];
  EXPECT_EQ(p.program, "/bin/a");
  EXPECT_TRUE(p.ended && p.finished);
  EXPECT_EQ(p.status, 4);
  EXPECT_EQ(p.notes, std::vector<std::string>{"a note"});
  ASSERT_EQ(r.found.findings.size(), 2u);
  EXPECT_EQ(report::to_json(r.found.findings[0]), report::to_json(planted::race()));
  EXPECT_EQ(r.found.findings[1].count, 12u);
}

TEST_F(result_file_test, every_line_is_there_before_the_call_returns) {
  result_file::write_header({});
  EXPECT_EQ(read().found.processes.size(), 1u);
  result_file::write_finding(planted::leak());
  EXPECT_EQ(read().found.findings.size(), 1u);
  EXPECT_FALSE(read().found.processes[0].ended);
}

TEST(result_file, says_when_it_cannot_write) {
  EXPECT_FALSE(result_file::open("/no/such/folder/result"));
  EXPECT_EQ(errno, ENOENT);
  ASSERT_TRUE(result_file::open("/dev/full"));
  EXPECT_FALSE(result_file::write_header({}));
  EXPECT_EQ(errno, ENOSPC);
}

report::result read_text(const std::string& text) {
  std::istringstream in(text);
  return report::read_result(in);
}

const std::string begin_line = R"({"line":"begin","pid":1,"version":1,"program":"a"})" "\n";
const std::string end_line = R"({"line":"end","pid":1,"finished":true,"status":0,"repeated":[]})" "\n";

TEST(result_reader, keeps_what_is_readable_around_a_fault) {
  const auto r = read_text(begin_line + R"({"line":"find)" "\n" + R"({"line":"finding","pid":1,"finding":{"kind":"deadlock"}})" "\n" + end_line);
  EXPECT_EQ(r.faults.size(), 1u);
  EXPECT_EQ(r.found.findings.size(), 1u);
  EXPECT_TRUE(r.found.processes.at(0).ended);
}

TEST(result_reader, a_second_handshake_is_a_second_program) {
  const auto r = read_text(begin_line + begin_line + end_line);
  ASSERT_EQ(r.found.processes.size(), 2u);
  EXPECT_FALSE(r.found.processes[0].ended);
  EXPECT_TRUE(r.found.processes[1].ended);
}

TEST(result_reader, names_lines_it_cannot_use) {
  for (const char* bad : {"nonsense", "[]", "{}", R"({"line":"begin"})", R"({"line":"begin","pid":1,"version":2})",
                          R"({"line":"end","pid":77,"repeated":[]})", R"({"line":"dance","pid":1})",
                          R"({"line":"finding","pid":1})", R"({"line":"finding","pid":1,"finding":{"kind":"rust"}})",
                          R"({"line":"end","pid":1,"repeated":[[1]]})"}) {
    const auto r = read_text(begin_line + bad + "\n");
    ASSERT_EQ(r.faults.size(), 1u) << bad;
    EXPECT_NE(r.faults[0].find("line 2"), std::string::npos) << r.faults[0];
  }
}

TEST(result_reader, nothing_gives_nothing) {
  EXPECT_TRUE(read_text("").found.processes.empty());
  EXPECT_TRUE(read_text("").faults.empty());
}

}  // namespace
