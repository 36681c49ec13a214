#pragma once

#include <stdexcept>

namespace gosan::report {

// A word, a file or a folder the user gave is at fault: one line that names it. The command ends with status 2.
class user_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace gosan::report
