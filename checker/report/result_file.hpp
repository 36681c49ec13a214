// How findings leave a running program: JSON lines in the file that the option `result` names.
//
// Each function writes one complete line with one write(2) on a descriptor opened with O_APPEND, so that lines of several
// threads and processes do not mix and nothing is lost when the process ends in the next instant. The caller serialises
// calls within a process. Every line carries the process's id: a program and the instrumented ones it starts share a file.
// The reader is result_reader.hpp; docs/result-file.md describes the lines.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::result_file {

inline constexpr int version = 1;

// The handshake: detectors are at work in this process.
struct header {
  std::string program;                 // path of the executable
  std::string gosan_version;
  std::vector<std::string> detectors;  // those that are on
  bool instrumented = false;           // its memory accesses are seen by the race detector
};

// The end line: all that was found has been written.
struct footer {
  bool finished = false;  // ran to its end; false when a signal or a fatal outcome cut it short
  int status = 0;         // the status it exits with
  int signal = 0;         // the signal it dies of, 0 when none
  std::vector<std::pair<std::uint64_t, std::uint64_t>> repeated;     // (n-th finding of this process from 0, total count)
  std::vector<std::pair<std::string, std::uint64_t>> counts;         // figures for the report's footer
  std::vector<std::string> notes;                                    // what was not checked, and why
};

// Each returns false, with errno set, when the file could not be opened or a line not be written whole.
bool open(const std::string& path);
bool write_header(const header& h);
bool write_finding(const finding& f);
bool write_footer(const footer& f);

}  // namespace gosan::result_file
