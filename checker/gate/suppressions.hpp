// Findings nobody wants to hear of, by one grammar for all detectors:
//
//   line    = [ kinds { field "=" glob } ] [ "#" comment ]
//   kinds   = "*" | kind { "," kind }                      a kind or a check
//   field   = "function" | "file" | "module" | "created" | "name" | "message" | "fingerprint"
//   glob    = text with * and ?, in double quotes when it holds a space or a #
//
// A line suppresses a finding of its kinds for which every field matches. "function", "file" and "module" look at every frame
// of every party's stack, "created" at the functions and files of creation stacks, "name" at the parties' names. A function
// matches by its full name or by the name without parameters and template arguments. A file matches whole or from a slash on.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::gate {

class suppressions {
 public:
  // Throws report::user_error with "file:line: what is wrong".
  static suppressions read(const std::string& path);
  static suppressions parse(std::istream& in, const std::string& name);

  // Whether a line suppresses the finding; that line counts as used.
  bool match(const finding& f);
  // "file:line: the line's text" of those that suppressed nothing yet.
  std::vector<std::string> unused() const;

 private:
  enum class field { function, file, module, created, name, message, fingerprint };
  struct condition {
    field what;
    std::string glob;
  };
  struct line {
    std::string where, text;
    std::vector<std::string> kinds;  // of kinds and checks; empty: all
    std::vector<condition> conditions;
    bool used = false;
  };

  class line_parser;
  static bool holds(const condition& c, const finding& f);

  std::vector<line> lines_;
};

}  // namespace gosan::gate
