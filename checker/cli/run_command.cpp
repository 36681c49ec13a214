#include "cli/run_command.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/child.hpp"
#include "cli/errors.hpp"
#include "cli/outputs.hpp"
#include "finding/fingerprint.hpp"
#include "gate/gate.hpp"
#include "options/options.hpp"
#include "report/result_reader.hpp"
#include "report/symbols.hpp"
#include "report/text.hpp"

namespace gosan::cli {
namespace {

// A folder of our own that goes when the run is over.
class temporary_folder {
 public:
  temporary_folder() {
    std::error_code error;
    const auto parent = std::filesystem::temp_directory_path(error);
    path_ = (error ? "/tmp" : parent.string()) + "/gosan-XXXXXX";
    if (!mkdtemp(path_.data())) throw failure(status_usage, fmt::format("cannot make a folder in '{}'", parent.string()));
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string escaped(const std::string& value) {
  std::string out;
  for (char c : value) {
    if (c == ':') out += '\\';
    out += c;
  }
  return out;
}

// The user's GOSAN_OPTIONS, then --set, then ours: later ones win.
std::string options_for(const run_options& o, const std::string& result_path) {
  const char* inherited = std::getenv("GOSAN_OPTIONS");
  std::string text = inherited ? inherited : "";
  for (const auto& s : o.settings) text += (text.empty() ? "" : ":") + s;
  options ignored;
  if (const std::string error = parse_options(text, ignored); !error.empty()) throw failure(status_usage, error);
  return text + (text.empty() ? "" : ":") + "result=" + escaped(result_path);
}

gate::rules rules_of(const run_options& o) {
  gate::rules rules;
  if (o.fail_on.empty()) return rules;
  std::string error;
  auto parsed = gate::fail_on::parse(o.fail_on, error);
  if (!parsed) throw failure(status_usage, "--fail-on: " + error);
  rules.fails = std::move(*parsed);
  return rules;
}

report::result read_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) return {};
  auto r = report::read_result(in);
  report::add_symbols(r.found.findings);
  fold_alike(r.found.findings);
  return r;
}

// Why the result is not to be trusted; empty when it is. One sentence that names the program.
std::string doubt(const run_options& o, const outcome& ended, const report::result& r) {
  const std::string& program = o.command[0];
  const std::string by_signal = ended.signal == 0 ? "" : fmt::format(" (ended by {})", signal_name(ended.signal));
  if (r.found.processes.empty()) {
    return fmt::format("'{}' is not instrumented, or died before any detector started{}: nothing was checked; "
                       "compile it with gosan-c++ or gosan_verify()", program, by_signal);
  }
  for (const auto& p : r.found.processes) {
    if (p.ended) continue;
    return fmt::format("'{}' (process {}) ended before its detectors reported{}", p.program.empty() ? program : p.program,
                       p.pid, by_signal);
  }
  if (!r.faults.empty()) return fmt::format("the result of '{}' is damaged: {}", program, r.faults.front());
  return {};
}

int status_of(const run_options& o, const outcome& ended, const report::result& r, std::size_t gated) {
  if (gated != 0) return status_gated;
  if (const std::string why = doubt(o, ended, r); !why.empty()) throw failure(status_not_verified, why);
  if (ended.signal != 0) fmt::print(stderr, "gosan: '{}' was ended by {}\n", o.command[0], signal_name(ended.signal));
  return ended.status;
}

}  // namespace

int run(const run_options& o) {
  const gate::rules rules = rules_of(o);
  std::vector<output> outputs(o.reports.begin(), o.reports.end());
  if (outputs.empty()) outputs.emplace_back("text");
  find_executable(o.command[0]);
  for (const auto& out : outputs) out.check_writable();

  const temporary_folder folder;
  const std::string result_path = folder.path() + "/result.jsonl";
  const outcome ended = run_child(o.command, options_for(o, result_path));

  auto r = read_file(result_path);
  const std::size_t gated = gate::judge(r.found, rules);
  const bool written = write_all(outputs, r.found);
  const int status = status_of(o, ended, r, gated);
  return written || status == status_gated ? status : status_usage;
}

}  // namespace gosan::cli
