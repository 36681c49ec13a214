#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/check_command.hpp"
#include "cli/errors.hpp"
#include "cli/selfcheck_command.hpp"
#include "options/options.hpp"
#include "report/outputs.hpp"
#include "report/version.hpp"

namespace gosan::cli {
namespace {

// What follows "--" belongs to the program and is never looked at as options of ours.
std::vector<std::string> cut_command(std::vector<std::string>& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes == arguments.end()) return {};
  std::vector<std::string> command(dashes + 1, arguments.end());
  arguments.erase(dashes, arguments.end());
  return command;
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

command_line::command_line()
    : app_("Finds data races, leaked goroutines and deadlocks in programs built with gosan-c++ or gosan_verify()", "gosan") {
  app_.require_subcommand(1);
  app_.set_version_flag("--version", "gosan " + std::string(report::gosan_version()));
  add_run();
  add_report();
  add_baseline();
  add_trace();
  add_selfcheck();
  add_planned();
}

int command_line::execute(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments[0] == "check") check({arguments.begin() + 1, arguments.end()});
  run_.command = cut_command(arguments);
  name_unknown_command(arguments);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app_.exit(e);  // --help, --version
    throw failure(status_usage, one_line(e.what()));
  }
  return chosen_();
}

CLI::App* command_line::add_command(const char* name, const char* help, std::function<int()> execute) {
  auto* c = app_.add_subcommand(name, help);
  c->callback([this, execute] { chosen_ = execute; });
  return c;
}

void command_line::add_gate_options(CLI::App* c, gate_options& into) {
  c->add_option("--fail-on", into.fail_on, "what gates: KIND, KIND:GRADE, new:KIND, all, none, separated by commas");
  c->add_option("--baseline", into.baseline, "file of accepted findings, see gosan baseline");
  c->add_option("--suppressions", into.suppressions, "file of findings to pass over");
}

void command_line::add_run() {
  auto* c = add_command("run", "run an instrumented program, gather findings, write reports, gate", [this] {
    run_.command.insert(run_.command.begin(), program_.begin(), program_.end());
    if (run_.command.empty()) throw failure(status_usage, "no program given: gosan run [options] -- program arguments");
    return run(run_);
  });
  c->add_option("--report", run_.reports,
                fmt::format("FORMAT[:PATH], repeatable; FORMAT is one of {}; text goes to standard error, the others to "
                            "gosan-findings.* here when there is no PATH", report::known_formats()))
      ->allow_extra_args(false);
  add_gate_options(c, run_.gate);
  c->add_option("--trace", run_.trace, "file to record the events to");
  c->add_option("--result", run_.result, "file to append the raw result to, for gosan report over several runs");
  c->add_option("--set", run_.settings, "KEY=VALUE of GOSAN_OPTIONS, repeatable")->allow_extra_args(false);
  c->add_option("program", program_, "program and its arguments, after --");
  c->footer("Options for --set:\n" + options_help());
}

void command_line::add_report() {
  auto* c = add_command("report", "convert and merge reports", [this] { return write_report(report_); });
  c->add_option("inputs", report_.inputs, "JSON reports and result files")->required();
  c->add_option("--format", report_.format, "one of " + report::known_formats())->capture_default_str();
  c->add_option("-o", report_.output, "file to write; standard output when not given");
  c->add_option("--report", report_.reports, "FORMAT[:PATH] as for gosan run, repeatable, in place of --format and -o")->allow_extra_args(false);
  add_gate_options(c, report_.gate);
}

void command_line::add_baseline() {
  auto* c = add_command("baseline", "accept the findings of reports, so that only new ones fail",
                        [this] { return update_baseline(baseline_); });
  c->add_option("inputs", baseline_.inputs, "JSON reports and result files")->required();
  c->add_option("-o", baseline_.output, "file to write; what people wrote into its entries is kept")->required();
  c->add_option("--issue", baseline_.issue, "link for the new entries");
  c->add_option("--owner", baseline_.owner, "owner of the new entries");
  c->add_option("--expires", baseline_.expires, "last day of the new entries, like 2026-12-31");
}

void command_line::add_trace() {
  auto* a = add_command("analyze", "the detectors over a recorded trace", [this] { return analyze_trace(analyze_); });
  a->add_option("trace", analyze_.file, "a trace")->required();
  a->add_option("--report", analyze_.reports, "as for gosan run")->allow_extra_args(false);
  add_gate_options(a, analyze_.gate);
  auto* c = app_.add_subcommand("trace", "look at a recorded trace");
  c->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*execute)(const trace_options&)) {
    auto* sub = c->add_subcommand(name, help);
    sub->add_option("file", trace_.file, "a trace")->required();
    sub->callback([this, execute] { chosen_ = [this, execute] { return execute(trace_); }; });
    return sub;
  };
  add("print", "every event as a line", print_trace);
  add("stats", "counts, longest waits, most waited for", trace_statistics);
  auto* e = add("export", "for other tools", export_trace);
  e->add_option("--format", trace_.format, "chrome (Perfetto) or std (research tools)")->capture_default_str();
  e->add_option("-o", trace_.output, "file to write; standard output when not given");
}

void command_line::add_selfcheck() {
  app_.add_subcommand("check", "the compile-time checks over a compilation database; gosan check --help tells its options");
  add_command("selfcheck", "plant a race, a leak and a deadlock and show that each is caught on this machine", selfcheck);
}

// Of the interface, and not in this version.
void command_line::add_planned() {
  for (const auto& [name, help] : {std::pair("explore", "searches schedules for a finding"), std::pair("replay", "runs the same interleaving again")}) {
    auto* c = add_command(name, fmt::format("{}; not in this version", help).c_str(), [name = std::string(name)]() -> int {
      throw failure(status_usage, fmt::format("'{}' is not in this version; gosan run --set perturb=SEED disturbs the schedule in another way per seed", name));
    });
    c->prefix_command();  // whatever comes with it
  }
}

// CLI11 would only say that a command is missing.
void command_line::name_unknown_command(const std::vector<std::string>& arguments) const {
  const CLI::App* level = &app_;
  for (const auto& word : arguments) {
    const auto commands = level->get_subcommands(nullptr);
    if (commands.empty() || word.starts_with("-")) return;
    std::vector<std::string> known;
    for (const auto* c : commands) known.push_back(c->get_name());
    const auto at = std::find(known.begin(), known.end(), word);
    if (at == known.end()) throw failure(status_usage, fmt::format("unknown command '{}' (known: {})", word, fmt::join(known, ", ")));
    level = commands[static_cast<std::size_t>(at - known.begin())];
  }
}

}  // namespace gosan::cli
