// The commands and options of gosan, by CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/report_command.hpp"
#include "cli/run_command.hpp"
#include "cli/trace_command.hpp"

namespace gosan::cli {

class command_line {
 public:
  command_line();
  // Returns the exit status. Throws failure and report::user_error.
  int execute(std::vector<std::string> arguments);

 private:
  void add_run();
  void add_report();
  void add_baseline();
  void add_trace();
  void add_selfcheck();
  void add_planned();
  CLI::App* add_command(const char* name, const char* help, std::function<int()> execute);
  void add_gate_options(CLI::App* c, gate_options& into);
  void name_unknown_command(const std::vector<std::string>& arguments) const;

  CLI::App app_;
  run_options run_;
  report_options report_;
  baseline_options baseline_;
  trace_options trace_;
  analyze_options analyze_;
  std::vector<std::string> program_;  // of run, when it was not given after "--"
  std::function<int()> chosen_;
};

}  // namespace gosan::cli
