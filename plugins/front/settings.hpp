// What the user has chosen: which checks, which of them are errors, which roles. The same for all front ends.
#pragma once

#include "model/check.hpp"

namespace gosan::checks {

struct config_text;

struct settings {
  std::vector<std::string> checks, errors;  // globs; a later one wins; -glob takes away
  std::string config;
  role_map roles;

  bool is_on(const check_info& c) const;
  // Nothing when nobody said so either way: then the compiler's -Werror decides.
  std::optional<bool> is_on_by_choice(const check_info& c) const;
  std::optional<bool> is_error_by_choice(const check_info& c) const;

  // "checks=gosan-*,-gosan-double-lock", "error=...", "config=FILE". False, with a message, when it is none of them.
  bool take_argument(llvm::StringRef argument, std::string& error);
  // Reads `config`, or the nearest .gosan.json in the folders above `source`. No file is no error.
  bool find_file(llvm::StringRef source, std::string& error);

 private:
  bool read(llvm::StringRef path, std::string& error);
  bool take(const config_text& said, std::string& error);
};

}  // namespace gosan::checks
