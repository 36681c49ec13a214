#include "report/junit.hpp"

#include <fmt/format.h>

#include <span>

#include "finding/fingerprint.hpp"
#include "report/text.hpp"
#include "report/xml.hpp"

namespace gosan::report {
namespace {

bool is_skipped(const finding& f) { return f.standing == "known" || f.standing == "suppressed"; }

void add_case(xml& suite, const finding& f) {
  xml& c = add_element(suite, "testcase");
  set_attribute(c, "classname", f.scope.empty() ? "gosan." + std::string(rule_of(f)) : f.scope);
  set_attribute(c, "name", fmt::format("{} {}", rule_of(f), f.fingerprint));
  if (is_skipped(f)) {
    set_attribute(add_element(c, "skipped"), "message", f.standing + ": " + f.message);
    return;
  }
  xml& failure = add_element(c, "failure", render_text(std::span(&f, 1)));
  set_attribute(failure, "type", std::string(rule_of(f)));
  set_attribute(failure, "message", f.message);
}

// A suite in which nothing was checked must not look like one that has passed.
void add_unverified(xml& suite, const std::string& why) {
  xml& c = add_element(suite, "testcase");
  set_attribute(c, "classname", "gosan");
  set_attribute(c, "name", "verified");
  xml& error = add_element(c, "error", why);
  set_attribute(error, "type", "not-verified");
  set_attribute(error, "message", why);
}

}  // namespace

std::string render_junit(const document& d) {
  std::size_t skipped = 0;
  for (const auto& f : d.findings) skipped += is_skipped(f);
  xml root;
  xml& suite = add_element(add_element(root, "testsuites"), "testsuite");
  set_attribute(suite, "name", "gosan");
  const bool verified = d.unverified.empty(), passed = verified && d.findings.empty();
  set_attribute(suite, "tests", std::to_string(d.findings.size() + (!verified || passed)));
  set_attribute(suite, "failures", std::to_string(d.findings.size() - skipped));
  set_attribute(suite, "skipped", std::to_string(skipped));
  set_attribute(suite, "errors", verified ? "0" : "1");
  for (const auto& f : d.findings) add_case(suite, f);
  if (!verified) add_unverified(suite, d.unverified);
  if (passed) {
    xml& c = add_element(suite, "testcase");
    set_attribute(c, "classname", "gosan");
    set_attribute(c, "name", "no findings");
  }
  return to_string(root);
}

}  // namespace gosan::report
