#include "cli/report_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "cli/errors.hpp"
#include "gate/gate.hpp"
#include "report/inputs.hpp"
#include "report/outputs.hpp"
#include "report/user_error.hpp"

namespace gosan::cli {

namespace {

void tell(const std::vector<std::string>& faults) {
  for (const auto& f : faults) fmt::print(stderr, "gosan: {}\n", f);
}

bool write(const report_options& o, const report::document& d) {
  if (!o.reports.empty()) return report::write_all({o.reports.begin(), o.reports.end()}, d);
  const report::format format = report::parse_format(o.format);
  if (o.output.empty()) {
    const std::string text = report::render(format, d);
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else {
    report::output(fmt::format("{}:{}", o.format, o.output)).write(d);
  }
  return true;
}

// Why findings may be missing; empty when all that there was is there.
std::string missing_from(const report::document& d) { return d.unverified.empty() ? unfinished(d) : d.unverified; }

// Why no finding does not mean that there is none. A report of checks at compile time has no process.
std::string doubt(const report::document& d) {
  if (d.unverified.empty() && d.processes.empty() && d.findings.empty())
    return "no process under the detectors is in the reports: nothing was checked";
  return missing_from(d);
}

}  // namespace

int write_report(const report_options& o) {
  report::parse_format(o.format);
  for (const auto& out : o.reports) report::output(out).check_writable();
  gate::rules rules = gate::make_rules(o.gate.fail_on, o.gate.baseline, o.gate.suppressions);
  std::vector<std::string> faults;
  report::document d = report::merge(o.inputs, faults);
  const std::size_t gated = gate::judge(d, rules);
  const bool written = write(o, d);
  tell(faults);
  const bool gates = !o.gate.fail_on.empty();
  if (gates && gated != 0) {
    tell_gated(o.gate, d, gated, !faults.empty());
    return faults.empty() ? status_gated : status_usage;
  }
  if (const std::string why = gates ? doubt(d) : ""; !why.empty()) throw failure(status_not_verified, why);
  return written && faults.empty() ? status_ok : status_usage;
}

int update_baseline(const baseline_options& o) {
  if (!o.expires.empty() && !gate::is_date(o.expires)) {
    throw report::user_error(fmt::format("--expires '{}' is no date like 2026-12-31", o.expires));
  }
  gate::baseline b;
  if (std::filesystem::exists(o.output)) b = gate::baseline::read(o.output);
  gate::baseline_entry model;
  model.issue = o.issue;
  model.owner = o.owner;
  model.expires = o.expires;
  std::vector<std::string> faults;
  const report::document d = report::merge(o.inputs, faults);
  if (!faults.empty()) throw report::user_error(faults.front());  // half a list would lose entries
  const auto change = b.update(d, model);
  if (const std::string why = missing_from(d); change.removed != 0 && !why.empty()) {
    throw failure(status_not_verified, fmt::format("'{}' is left as it is: {} of its entries would go, but {}", o.output, change.removed, why));
  }
  b.write(o.output);
  fmt::print("{}: {} added, {} kept, {} removed\n", o.output, change.added, change.kept, change.removed);
  return status_ok;
}

}  // namespace gosan::cli
