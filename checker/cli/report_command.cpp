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

int write_report(const report_options& o) {
  const report::format format = report::parse_format(o.format);
  gate::rules rules = gate::make_rules(o.gate.fail_on, o.gate.baseline, o.gate.suppressions);
  report::document d = report::merge(o.inputs);
  const std::size_t gated = gate::judge(d, rules);
  if (o.output.empty()) {
    const std::string text = report::render(format, d);
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else {
    report::output(fmt::format("{}:{}", o.format, o.output)).write(d);
  }
  return gated != 0 && !o.gate.fail_on.empty() ? status_gated : status_ok;
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
  const auto change = b.update(report::merge(o.inputs), model);
  b.write(o.output);
  fmt::print("{}: {} added, {} kept, {} removed\n", o.output, change.added, change.kept, change.removed);
  return status_ok;
}

}  // namespace gosan::cli
