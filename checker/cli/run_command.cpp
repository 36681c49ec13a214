#include "cli/run_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/child.hpp"
#include "cli/errors.hpp"
#include "cli/temporary_folder.hpp"
#include "finding/fingerprint.hpp"
#include "gate/gate.hpp"
#include "options/options.hpp"
#include "report/outputs.hpp"
#include "report/result_reader.hpp"
#include "report/symbols.hpp"
#include "report/text.hpp"
#include "report/user_error.hpp"

namespace gosan::cli {
namespace {

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
  const auto add = [&text](const char* key, const std::string& value) { text += (text.empty() ? "" : ":") + (key + escaped(value)); };
  const auto add_path = [&add](const char* key, const std::string& path) {
    if (!path.empty()) add(key, std::filesystem::absolute(path).string());
  };
  add_path("trace=", o.trace);
  // For a test suite, in which a finding that the gate lets pass fails no test.
  if (!o.gate.fail_on.empty()) add("fail_on=", o.gate.fail_on);
  add_path("baseline=", o.gate.baseline);
  add_path("suppressions=", o.gate.suppressions);
  add("result=", result_path);
  return text;
}

report::result read_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) return {};
  auto r = report::read_result(in);
  report::add_symbols(r.found.findings);
  fold_alike(r.found.findings);
  return r;
}

int open_to_append(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) throw report::user_error(fmt::format("cannot write result '{}': {}", path, std::strerror(errno)));
  return fd;
}

// Several runs may append to one file at the same time: one write under a lock keeps each run's lines together.
void append_result(const std::string& from, const std::string& to) {
  std::ostringstream text;
  text << std::ifstream(from).rdbuf();
  const std::string lines = text.str();
  const int fd = open_to_append(to);
  flock(fd, LOCK_EX);
  const bool written = ::write(fd, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
  const int error = errno;
  ::close(fd);
  if (!written) throw report::user_error(fmt::format("cannot write result '{}': {}", to, std::strerror(error)));
}

// Why no more can be written beside the result; empty when it can.
std::string no_room_beside(const std::string& result_path) {
  const std::string path = result_path + ".probe";
  const std::string block(64 * 1024, '\n');
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && ::write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size());
  // A write that is cut short sets no error: the one after it does.
  const int error = !written && fd >= 0 && ::write(fd, block.data(), 1) == 1 ? ENOSPC : errno;
  if (fd >= 0) ::close(fd);
  ::unlink(path.c_str());
  const std::string folder = std::filesystem::path(path).parent_path().parent_path();
  return written ? "" : fmt::format("; no more can be written in '{}': {}", folder, std::strerror(error));
}

// Why the result is not to be trusted; empty when it is. One sentence that names the program.
std::string doubt(const run_options& o, const outcome& ended, const report::result& r, const std::string& result_path) {
  const std::string& program = o.command[0];
  const std::string by_signal = ended.signal == 0 ? "" : fmt::format(" (ended by {})", signal_name(ended.signal));
  if (r.found.processes.empty() && std::filesystem::exists(result_path)) {
    return fmt::format("'{}' could not write its result{}{}", program, by_signal, no_room_beside(result_path));
  }
  if (r.found.processes.empty()) {
    return fmt::format("'{}' is not instrumented, or died before any detector started{}: nothing was checked; "
                       "compile it with gosan-c++ or gosan_verify()", program, by_signal);
  }
  if (const std::string text = unfinished(r.found); !text.empty()) return text + by_signal + no_room_beside(result_path);
  if (!r.faults.empty()) return fmt::format("the result of '{}' is damaged: {}", program, r.faults.front());
  return {};
}

int status_of(const run_options& o, const outcome& ended, const report::document& d, std::size_t gated) {
  if (gated != 0) return status_gated;
  if (!d.unverified.empty()) throw failure(status_not_verified, d.unverified);
  if (ended.signal != 0) fmt::print(stderr, "gosan: '{}' was ended by {}\n", o.command[0], signal_name(ended.signal));
  return ended.status;
}

}  // namespace

void tell_gated(const gate_options& o, const report::document& d, std::size_t gated, bool of_damaged_input) {
  const int status = of_damaged_input ? status_usage : status_gated;
  const char* damage = of_damaged_input ? "not all of the input could be read, and " : "";
  fmt::print(stderr, "exit status {}: {}{} of {} finding{} gate{} by --fail-on {}\n", status, damage, gated,
             d.findings.size(), d.findings.size() == 1 ? "" : "s", gated == 1 ? "s" : "", o.fail_on.empty() ? "new:all" : o.fail_on);
}

std::string unfinished(const report::document& d) {
  for (const auto& p : d.processes) {
    if (!p.ended) return fmt::format("'{}' (process {}) ended before its detectors reported", p.program, p.pid);
  }
  return {};
}

int run(const run_options& o) {
  gate::rules rules = gate::make_rules(o.gate.fail_on, o.gate.baseline, o.gate.suppressions);
  std::vector<report::output> outputs(o.reports.begin(), o.reports.end());
  if (outputs.empty()) outputs.emplace_back("text");
  find_executable(o.command[0]);
  for (const auto& out : outputs) out.check_writable();
  if (!o.result.empty()) ::close(open_to_append(o.result));

  const temporary_folder folder;
  const std::string result_path = folder.path() + "/result.jsonl";
  const outcome ended = run_child(o.command, options_for(o, result_path));

  auto r = read_file(result_path);
  if (!o.result.empty()) append_result(result_path, o.result);
  r.found.unverified = doubt(o, ended, r, result_path);
  const std::size_t gated = gate::judge(r.found, rules);
  const bool written = report::write_all(outputs, r.found);
  if (gated != 0) tell_gated(o.gate, r.found, gated);
  const int status = status_of(o, ended, r.found, gated);
  return written || status == status_gated ? status : status_usage;
}

}  // namespace gosan::cli
