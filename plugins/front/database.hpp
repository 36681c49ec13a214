// Command lines of a compilation database as Clang understands them, whichever compiler they were
// written for.
#pragma once

#include <string>
#include <vector>

namespace gosan::checks {

// Takes away launchers (ccache g++ ...), plugins, and every option that Clang does not know; what
// gosan-c++ adds is added. Warnings of the compiler are switched off: only the checks speak.
std::vector<std::string> adjusted_command(const std::vector<std::string>& command);

}  // namespace gosan::checks
