#include "gate/at_exit.hpp"

#include <cstdio>
#include <string>
#include <string_view>

#include "finding/fingerprint.hpp"
#include "gate/gate.hpp"
#include "options/options.hpp"
#include "report/outputs.hpp"
#include "report/symbols.hpp"

namespace gosan::gate {
namespace {

std::vector<report::output> outputs_of(std::string_view list) {
  std::vector<report::output> outputs;
  while (!list.empty()) {
    const auto comma = list.find(',');
    outputs.emplace_back(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  if (outputs.empty()) outputs.emplace_back("text");
  return outputs;
}

}  // namespace

bool gates_by_options(std::vector<finding>& findings) {
  const options& o = process_options();
  rules r = make_rules(o.fail_on, o.baseline, o.suppressions);
  report::document d;
  d.findings = std::move(findings);
  report::add_symbols(d.findings);
  fold_alike(d.findings);
  judge(d, r);
  std::erase_if(d.findings, [&](const finding& f) { return !r.fails.gates(f); });
  findings = std::move(d.findings);
  return !findings.empty();
}

bool report_at_exit(std::vector<finding> findings, std::vector<std::string> not_checked) noexcept {
  report::document d;
  d.findings = std::move(findings);
  try {
    report::add_symbols(d.findings);
    fold_alike(d.findings);
    const options& o = process_options();
    rules r = make_rules(o.fail_on, o.baseline, o.suppressions);
    const auto outputs = outputs_of(o.report);
    const std::size_t gated = judge(d, r);
    d.notes.insert(d.notes.end(), not_checked.begin(), not_checked.end());
    report::write_all(outputs, d);
    return gated != 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gosan: %s\n", e.what());
    report::print_to_stderr(d);
    return !d.findings.empty();
  }
}

}  // namespace gosan::gate
