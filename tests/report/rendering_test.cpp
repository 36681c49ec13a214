// Renderings against golden files. To accept a change: GOSAN_UPDATE_GOLDEN=1, then read the difference.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "planted.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/junit.hpp"
#include "report/sarif.hpp"
#include "report/text.hpp"

namespace {

using namespace gosan;

void expect_golden(const std::string& text, const std::string& name) {
  const std::string path = std::string(GOSAN_TEST_FOLDER) + "/golden/" + name;
  if (std::getenv("GOSAN_UPDATE_GOLDEN")) std::ofstream(path) << text;
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::ostringstream golden;
  golden << in.rdbuf();
  EXPECT_EQ(text, golden.str()) << "differs from " << path;
}

TEST(rendering, text) { expect_golden(report::render_text(planted::document()), "findings.txt"); }
TEST(rendering, json) { expect_golden(report::render_json(planted::document()), "findings.json"); }
TEST(rendering, sarif) { expect_golden(report::render_sarif(planted::document(), "/src/app"), "findings.sarif"); }
TEST(rendering, junit) { expect_golden(report::render_junit(planted::document()), "findings.xml"); }
TEST(rendering, html) { expect_golden(report::render_html(planted::document()), "findings.html"); }
TEST(rendering, junit_without_findings) { expect_golden(report::render_junit({}), "empty.xml"); }
TEST(rendering, sarif_without_findings) { expect_golden(report::render_sarif({}, ""), "empty.sarif"); }
TEST(rendering, json_without_findings) { expect_golden(report::render_json({}), "empty.json"); }

report::document unverified() {
  report::document d;
  d.unverified = "'prog' is not instrumented";
  return d;
}
TEST(rendering, junit_of_what_was_not_verified_has_an_error) { expect_golden(report::render_junit(unverified()), "unverified.xml"); }
TEST(rendering, sarif_of_what_was_not_verified_is_of_no_success) { expect_golden(report::render_sarif(unverified(), ""), "unverified.sarif"); }
TEST(rendering, json_of_what_was_not_verified_says_so) { expect_golden(report::render_json(unverified()), "unverified.json"); }
TEST(rendering, json_of_a_repair) { expect_golden(report::render_json(planted::repairable()), "repair.json"); }
TEST(rendering, sarif_of_a_repair) { expect_golden(report::render_sarif(planted::repairable(), "/src/app"), "repair.sarif"); }
TEST(rendering, html_of_what_was_not_verified_says_so) {
  EXPECT_NE(report::render_html(unverified()).find("Not verified: "), std::string::npos);
  EXPECT_EQ(report::render_html({}).find("Not verified"), std::string::npos);
}
TEST(rendering, junit_has_findings_beside_the_error) {
  auto d = planted::document();
  const std::string before = report::render_junit(d);
  d.unverified = "killed";
  const std::string text = report::render_junit(d);
  EXPECT_EQ(before.find("<error"), std::string::npos);
  EXPECT_NE(text.find("<error type=\"not-verified\" message=\"killed\">killed</error>"), std::string::npos) << text;
  EXPECT_NE(text.find("<failure"), std::string::npos);
}

TEST(rendering, text_without_findings_is_empty) { EXPECT_EQ(report::render_text(report::document{}), ""); }

TEST(rendering, colours_only_where_asked_for) {
  EXPECT_NE(report::render_text(planted::document(), true).find("\x1b["), std::string::npos);
  EXPECT_EQ(report::render_text(planted::document(), false).find("\x1b["), std::string::npos);
}

TEST(rendering, known_and_suppressed_are_counted_not_told) {
  auto d = planted::document();
  d.findings[0].standing = "known";
  d.findings[1].standing = "suppressed";
  d.findings[2].standing = "new";
  const std::string text = report::render_text(d);
  EXPECT_EQ(text.find("data-race"), std::string::npos);
  EXPECT_NE(text.find("1 finding: 1 unhandled-panic\n1 known by the baseline\n1 suppressed\n"), std::string::npos) << text;
}

TEST(json, survives_a_round_trip) {
  for (const auto& made : {planted::document(), planted::repairable()}) {
    const auto written = report::render_json(made);
    EXPECT_EQ(report::render_json(report::document_from_json(report::json::parse(written))), written);
  }
}

TEST(json, names_what_is_wrong) {
  const auto complaint = [](const char* text) -> std::string {
    try {
      report::document_from_json(report::json::parse(text));
    } catch (const std::exception& e) {
      return e.what();
    }
    return "none";
  };
  EXPECT_NE(complaint("[]").find("no object"), std::string::npos);
  EXPECT_NE(complaint("{}").find("'format'"), std::string::npos);
  EXPECT_NE(complaint(R"({"format":"gosan-findings","version":9})").find("version 9"), std::string::npos);
  EXPECT_NE(complaint(R"({"format":"gosan-findings","version":1,"findings":{}})").find("'findings'"), std::string::npos);
  EXPECT_NE(complaint(R"({"format":"gosan-findings","version":1,"findings":[3]})").find("no object"), std::string::npos);
  EXPECT_NE(complaint(R"({"format":"gosan-findings","version":1,"findings":[{"kind":"rust"}]})").find("'rust'"), std::string::npos);
  EXPECT_NE(complaint(R"({"format":"gosan-findings","version":1,"findings":[{"kind":"deadlock","count":"x"}]})").find("'count'"),
            std::string::npos);
  EXPECT_EQ(complaint(R"({"format":"gosan-findings","version":1,"findings":[],"more":1})"), "none");
}

}  // namespace
