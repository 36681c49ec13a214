// What the user's command line asks for, and the one that does it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gosan::driver {

// What is to be added to a clang++ command line.
struct request {
  std::vector<std::string> passed_on;  // the user's arguments without ours
  std::vector<std::string> for_checks; // arguments of the checks' plugin
  bool races = true;                   // the memory-access pass
  bool checks = true;                  // the compile-time checks
  bool wrap_main = true;               // main() becomes the main goroutine
  bool plain = false;                  // the runtime without recording; switches races and checks off
  bool help = false;

  bool has_input = false;
  bool compiles_only = false;          // -c, -S, -E, -fsyntax-only, ...: no link step
  bool shared = false, is_static = false, relocatable = false;
  bool chooses_linker = false, chooses_debug = false, chooses_standard = false;
  bool has_c = false;                  // a C file among the inputs
  std::string error;                   // one line; empty when all is well
};

request parse(const std::vector<std::string>& arguments);

// Where the parts of an installation or a build tree are.
struct layout {
  std::string compiler, include_dir, library_dir;
  std::optional<std::string> pass, checks, main_library;  // set when the file exists
};

std::vector<std::string> command_line(const request& r, const layout& where);

extern const char* const help_text;

}  // namespace gosan::driver
