#include "cli/temporary_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/errors.hpp"

namespace gosan::cli {

temporary_folder::temporary_folder() {
  const char* wanted = std::getenv("TMPDIR");
  path_ = (wanted && *wanted ? std::string(wanted) : "/tmp") + "/gosan-XXXXXX";
  if (mkdtemp(path_.data())) return;
  throw failure(status_usage, fmt::format("cannot make a temporary folder '{}': {}", path_, std::strerror(errno)));
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gosan::cli
