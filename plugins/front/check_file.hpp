// The checks over one file of a compilation database.
#pragma once

#include <clang/Tooling/CompilationDatabase.h>
#include <clang/Tooling/Core/Replacement.h>

#include "front/settings.hpp"
#include "gosan/finding.hpp"

namespace gosan::checks {

struct told {
  finding found;
  std::string text;  // as Clang prints it
};

// What one file's check came to.
struct file_result {
  std::vector<told> findings;
  std::string text;  // everything else that Clang said: errors of the compilation
  bool parsed = true;
  std::string wrong_config;  // what is wrong with the file of settings that is meant for it;
                             // nothing was checked then
  std::vector<clang::tooling::Replacement> edits;
};

file_result check_file(const clang::tooling::CompilationDatabase& database, const std::string& file,
                       settings chosen);

}  // namespace gosan::checks
