// How the gosan command ends when it cannot do its work.
#pragma once

#include <stdexcept>

namespace gosan::cli {

enum exit_status : int {
  status_ok = 0,
  status_usage = 2,          // used wrongly, or a bad input file
  status_not_verified = 3,   // the detectors did not run, or their result did not arrive
  status_gated = 66,
};

// One line for the user and the status to exit with; main prints and returns it. What is thrown as report::user_error ends
// with status_usage.
class failure : public std::runtime_error {
 public:
  failure(int status, const std::string& line) : std::runtime_error(line), status(status) {}
  int status;
};

}  // namespace gosan::cli
