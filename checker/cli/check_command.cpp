#include "cli/check_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/errors.hpp"

namespace gosan::cli {

std::string beside_this_program(const char* name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

void check(const std::vector<std::string>& arguments) {
  std::string tool = beside_this_program("gosan-check");
  std::vector<char*> argv{tool.data()};
  for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  execv(tool.c_str(), argv.data());
  throw failure(status_usage, fmt::format("cannot run '{}', which does the compile-time checks: {}", tool, std::strerror(errno)));
}

}  // namespace gosan::cli
