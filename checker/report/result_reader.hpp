// Reads what result_file wrote: the handshakes, findings and end lines of one or several processes.
#pragma once

#include <istream>

#include "report/document.hpp"

namespace gosan::report {

struct result {
  document found;
  // What is wrong with the file, one sentence each: an unreadable line (a process was killed while it wrote), a line before
  // any handshake of its process, a version this reader does not know. What could be read is in `found` all the same.
  std::vector<std::string> faults;
};

// A process whose handshake came twice was replaced by exec: it counts as two runs.
result read_result(std::istream& in);

}  // namespace gosan::report
