// Where reports go: the words of --report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/document.hpp"

namespace gosan::report {

enum class format { text, json, sarif, junit, html };

// "text, json, ..." for messages.
std::string known_formats();

// Throws user_error that names the format when there is no such.
format parse_format(std::string_view name);
std::string render(format f, const document& d, bool colours = false);

// One FORMAT[:PATH]. Without a path, text goes to standard error and every other format to gosan-findings.EXTENSION here.
class output {
 public:
  explicit output(std::string_view spec);

  bool to_stderr() const { return path_.empty(); }
  const std::string& path() const { return path_; }
  // Throws user_error that names the path when it cannot be written: before the program is started.
  void check_writable() const;
  // Throws user_error likewise. A half-written report never takes the place of an older one.
  void write(const document& d) const;

 private:
  format format_;
  std::string path_;  // empty: standard error
};

// Writes every report. What cannot be written is named in one line on standard error, and if nothing else showed the
// findings to a person, they go there as text: what was found is not lost. Returns whether all could be written.
bool write_all(const std::vector<output>& outputs, const document& d);

// Text on standard error, in colours when it is a terminal and NO_COLOR is not set.
void print_to_stderr(const document& d);

}  // namespace gosan::report
