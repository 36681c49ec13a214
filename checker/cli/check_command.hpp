// gosan check ARGS...
#pragma once

#include <string>
#include <vector>

namespace gosan::cli {

// Becomes gosan-check, which lies beside this program, with the arguments as they are. Returns only by throwing failure(2):
// when it is not there.
[[noreturn]] void check(const std::vector<std::string>& arguments);

// A file in the folder of this program.
std::string beside_this_program(const char* name);

}  // namespace gosan::cli
