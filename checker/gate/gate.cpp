#include "gate/gate.hpp"

#include <fmt/format.h>

#include <set>

#include "report/user_error.hpp"

namespace gosan::gate {
namespace {

std::string standing_of(const finding& f, rules& r) {
  if (r.suppressed && r.suppressed->match(f)) return "suppressed";
  const baseline_entry* e = r.known ? r.known->find(f) : nullptr;
  if (!e) return "new";
  return is_expired(*e, r.today) ? "expired" : "known";
}

std::string describe(const baseline_entry& e) {
  std::string text = fmt::format("{} {}{}{}", e.fingerprint, e.kind, e.function.empty() ? "" : " in ", e.function);
  if (!e.issue.empty()) text += fmt::format(", issue {}", e.issue);
  if (!e.owner.empty()) text += fmt::format(", owner {}", e.owner);
  return text;
}

void add_notes(report::document& d, const rules& r) {
  std::set<std::string> found;
  for (const auto& f : d.findings) found.insert(f.fingerprint);
  if (r.known) {
    for (const auto& [fingerprint, e] : r.known->entries()) {
      if (!found.contains(fingerprint)) {
        d.notes.push_back("fixed or not met in this run: baseline entry " + describe(e));
      } else if (is_expired(e, r.today)) {
        d.notes.push_back(fmt::format("expired on {}: baseline entry {}", e.expires, describe(e)));
      }
    }
  }
  if (!r.suppressed) return;
  for (const auto& line : r.suppressed->unused()) d.notes.push_back("unused suppression " + line);
}

}  // namespace

rules make_rules(const std::string& fail_on_words, const std::string& baseline_path, const std::string& suppressions_path) {
  rules r;
  if (!fail_on_words.empty()) {
    std::string error;
    auto parsed = fail_on::parse(fail_on_words, error);
    if (!parsed) throw report::user_error("--fail-on: " + error);
    r.fails = std::move(*parsed);
  }
  if (!baseline_path.empty()) r.known = baseline::read(baseline_path);
  if (!suppressions_path.empty()) r.suppressed = suppressions::read(suppressions_path);
  return r;
}

std::size_t judge(report::document& d, rules& r) {
  std::size_t gated = 0;
  for (auto& f : d.findings) {
    f.standing = standing_of(f, r);
    if (r.fails.gates(f)) ++gated;
  }
  add_notes(d, r);
  return gated;
}

}  // namespace gosan::gate
