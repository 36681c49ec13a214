// Which findings make the gate fail: the words of --fail-on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::gate {

// terms  = "none" | term { "," term }
// term   = [ "new:" ] ( "all" | kind [ ":" grade ] | check )        check = "gosan-closure-capture", ...
// A term with "new:" leaves out what the baseline knows; a suppressed finding never fails. The default is "new:all".
class fail_on {
 public:
  fail_on();
  // Fills `error` with one sentence that names the term at fault, and returns nothing, when the text does not fit.
  static std::optional<fail_on> parse(std::string_view text, std::string& error);

  bool gates(const finding& f) const;

 private:
  struct term {
    bool only_new = false;
    std::string kind;   // id of a kind or a check; empty: all
    std::string grade;                 // empty: any
  };
  static std::optional<term> parse_term(std::string_view text, std::string& error);

  std::vector<term> terms_;
};

}  // namespace gosan::gate
