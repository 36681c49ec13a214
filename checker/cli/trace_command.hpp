// gosan trace print|stats|export
#pragma once

#include <string>

#include "cli/run_command.hpp"
#include "trace/read/trace_file.hpp"

namespace gosan::cli {

struct trace_options {
  std::string file;
  std::string format = "chrome";  // of export: chrome, std
  std::string output;             // of export; empty: standard output
};

// Each returns 0, or 2 after naming on standard error what of the file could not be read; the rest was done all the same.
// Throws report::user_error when nothing could be read.
int print_trace(const trace_options& o);
int trace_statistics(const trace_options& o);
int export_trace(const trace_options& o);

// gosan analyze: the detectors over the trace, reports and gate as gosan run.
struct analyze_options {
  std::string file;
  std::vector<std::string> reports;
  gate_options gate;
};
// Returns 66 when findings are gated, else 2 when part of the file could not be read, else 0.
int analyze_trace(const analyze_options& o);

// Prints the places that could not be read; the status that follows.
int tell_faults(const std::string& name, const trace::trace_file& file);

// Reads all events with a progress bar on standard error when it is a terminal.
void each_event_with_progress(trace::trace_file& file, const std::function<void(const trace::recorded_event&)>& use);

}  // namespace gosan::cli
