// The gosan command.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "cli/errors.hpp"
#include "cli/run_command.hpp"
#include "options/options.hpp"
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

class command_line {
 public:
  command_line() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "gosan " + std::string(report::gosan_version()));
    add_run();
  }

  int execute(std::vector<std::string> arguments) {
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

 private:
  // CLI11 would only say that a command is missing.
  void name_unknown_command(const std::vector<std::string>& arguments) const {
    if (arguments.empty() || arguments[0].starts_with("-")) return;
    std::vector<std::string> known;
    for (const auto* c : app_.get_subcommands(nullptr)) known.push_back(c->get_name());
    if (std::find(known.begin(), known.end(), arguments[0]) != known.end()) return;
    throw failure(status_usage, fmt::format("unknown command '{}' (known: {})", arguments[0], fmt::join(known, ", ")));
  }

  void add_run() {
    auto* c = app_.add_subcommand("run", "run an instrumented program, gather findings, write reports, gate");
    c->add_option("--report", run_.reports, "FORMAT[:PATH]: text, json, sarif; repeatable; text goes to standard error")
        ->allow_extra_args(false);
    c->add_option("--fail-on", run_.fail_on, "what gates: KIND, KIND:GRADE, new:KIND, all, none, separated by commas");
    c->add_option("--set", run_.settings, "KEY=VALUE of GOSAN_OPTIONS; repeatable")->allow_extra_args(false);
    c->add_option("program", program_, "program and its arguments, after --");
    c->footer("Options for --set:\n" + options_help());
    c->callback([this] { chosen_ = [this] { return execute_run(); }; });
  }

  int execute_run() {
    run_.command.insert(run_.command.begin(), program_.begin(), program_.end());
    if (run_.command.empty()) throw failure(status_usage, "no program given: gosan run [options] -- program arguments");
    return run(run_);
  }

  CLI::App app_{"Finds data races, leaked goroutines and deadlocks in programs built with gosan-c++ or gosan_verify()", "gosan"};
  run_options run_;
  std::vector<std::string> program_;
  std::function<int()> chosen_;
};

}  // namespace
}  // namespace gosan::cli

int main(int argc, char** argv) {
  using namespace gosan::cli;
  try {
    return command_line().execute(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const failure& f) {
    fmt::print(stderr, "gosan: {}\n", f.what());
    return f.status;
  } catch (const std::exception& e) {
    fmt::print(stderr, "gosan: {}\n", e.what());
    return status_not_verified;
  }
}
