#include "cli/trace_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/errors.hpp"
#include "finding/fingerprint.hpp"
#include "gate/gate.hpp"
#include "report/outputs.hpp"
#include "report/symbols.hpp"
#include "report/user_error.hpp"
#include "trace/read/replay.hpp"
#include "trace/read/views.hpp"

namespace gosan::cli {
namespace {

constexpr std::size_t faults_told = 10;

class opened {
 public:
  explicit opened(const std::string& path) : data_(path), file(data_.bytes(), path) {}

 private:
  trace::trace_data data_;

 public:
  trace::trace_file file;
};

struct close_file {
  void operator()(std::FILE* f) const {
    if (f != stdout) std::fclose(f);
  }
};

std::unique_ptr<std::FILE, close_file> open_output(const std::string& path) {
  std::unique_ptr<std::FILE, close_file> f(path.empty() ? stdout : std::fopen(path.c_str(), "we"));
  if (!f) throw report::user_error(fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
  return f;
}

}  // namespace

int tell_faults(const std::string& name, const trace::trace_file& file) {
  const auto& faults = file.faults();
  for (std::size_t i = 0; i < faults.size() && i < faults_told; ++i) fmt::print(stderr, "gosan: trace '{}': {}\n", name, faults[i]);
  if (faults.size() > faults_told) fmt::print(stderr, "gosan: trace '{}': {} more such places\n", name, faults.size() - faults_told);
  return faults.empty() ? status_ok : status_usage;
}

void each_event_with_progress(trace::trace_file& file, const std::function<void(const trace::recorded_event&)>& use) {
  if (isatty(STDERR_FILENO) != 1) return file.each_event(use);
  unsigned shown = 101;
  file.each_event(use, [&](std::uint64_t done, std::uint64_t all) {
    const auto percent = static_cast<unsigned>(done * 100 / std::max<std::uint64_t>(all, 1));
    if (percent == shown) return;
    shown = percent;
    fmt::print(stderr, "\r[{:<50}] {:>3} %", std::string(percent / 2, '='), percent);
  });
  fmt::print(stderr, "\r\x1b[K");
}

int print_trace(const trace_options& o) {
  opened t(o.file);
  trace::actor_names names(t.file);
  t.file.each_event([&](const trace::recorded_event& e) {
    names.on_event(e);
    fmt::print("{}\n", trace::line_of(e, t.file, names));
  });
  return tell_faults(o.file, t.file);
}

int trace_statistics(const trace_options& o) {
  opened t(o.file);
  trace::statistics s(t.file);
  each_event_with_progress(t.file, [&](const trace::recorded_event& e) { s.on_event(e); });
  fmt::print("{}", s.text());
  return tell_faults(o.file, t.file);
}

int analyze_trace(const analyze_options& o) {
  gate::rules rules = gate::make_rules(o.gate.fail_on, o.gate.baseline, o.gate.suppressions);
  std::vector<report::output> outputs(o.reports.begin(), o.reports.end());
  if (outputs.empty()) outputs.emplace_back("text");
  for (const auto& out : outputs) out.check_writable();
  opened t(o.file);
  trace::replay detectors(t.file);
  each_event_with_progress(t.file, [&](const trace::recorded_event& e) { detectors.on_event(e); });
  report::document d;
  d.findings = detectors.finish();
  report::add_symbols(d.findings);
  fold_alike(d.findings);
  if (!t.file.faults().empty()) d.unverified = fmt::format("trace '{}': {}", o.file, t.file.faults().front());
  const std::size_t gated = gate::judge(d, rules);
  const bool written = report::write_all(outputs, d);
  const int status = tell_faults(o.file, t.file);
  if (gated != 0) tell_gated(o.gate, d, gated, status != status_ok);
  if (status != status_ok) return status;
  return gated != 0 ? status_gated : written ? status_ok : status_usage;
}

int export_trace(const trace_options& o) {
  if (o.format != "chrome" && o.format != "std") {
    throw report::user_error(fmt::format("unknown trace format '{}' (known: chrome, std)", o.format));
  }
  opened t(o.file);
  const auto out = open_output(o.output);
  if (o.format == "chrome") {
    trace::chrome_export chrome(t.file, out.get());
    t.file.each_event([&](const trace::recorded_event& e) { chrome.on_event(e); });
    chrome.finish();
  } else {
    trace::std_export text(out.get());
    t.file.each_event([&](const trace::recorded_event& e) { text.on_event(e); });
    if (text.left_out()) fmt::print(stderr, "{} events have no word in this format and were left out\n", text.left_out());
  }
  return tell_faults(o.file, t.file);
}

}  // namespace gosan::cli
