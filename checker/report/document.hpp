// What a report is made of: the findings, and what is known of the processes they came from.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::report {

// One process under the detectors, from its handshake to its end line.
struct process_run {
  std::uint64_t pid = 0;
  std::string program;
  std::string gosan_version;
  std::vector<std::string> detectors;
  bool instrumented = false;
  bool ended = false;     // its end line arrived
  bool finished = false;  // and it ran to its end
  int status = 0;
  int signal = 0;
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  std::vector<std::string> notes;
};

// A check at compile time, for the formats that list them.
struct rule {
  std::string id, title, help;
};

struct document {
  std::vector<process_run> processes;
  std::vector<finding> findings;
  std::vector<rule> rules;         // of the findings at compile time; the kinds at run time are always known
  std::vector<std::string> notes;  // of the gate: what was suppressed, known, expired
  std::string unverified;          // why findings may be missing, one sentence; empty: all that there was is here
};

}  // namespace gosan::report
