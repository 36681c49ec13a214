// What is ordered by a hand-over between two goroutines of one function: the later one waits, on every way there, for what only the
// earlier one tells, and tells when it has happened. Channels and groups that are variables of the function, and handles.
#pragma once

#include "model/contexts.hpp"
#include "model/occurrences.hpp"

namespace gosan::checks {

class handovers {
 public:
  explicit handovers(unit& u) : unit_(u) {}
  // Whether `late` cannot come before `soon` has.
  bool in_order(const placed_occurrence& soon, const placed_occurrence& late);

 private:
  // At each step of a goroutine's body, in places as the root sees them.
  struct course {
    std::map<clang::SourceLocation, std::set<place>> awaited;  // on every path there
    std::map<clang::SourceLocation, std::set<place>> told;     // on some path there
  };
  const course* course_of(const placed_occurrence& o);
  bool tells_only_after(const place& p, const placed_occurrence& soon, const placed_occurrence& late);
  bool is_only_teller(const place& p, const placed_occurrence& o);
  bool is_counted_before(const place& group, const placed_occurrence& counted, const placed_occurrence& waits);
  const std::vector<goroutine_context>& contexts(const clang::FunctionDecl* root);

  unit& unit_;
  std::map<std::pair<const clang::FunctionDecl*, const clang::Expr*>, std::unique_ptr<course>> courses_;
  std::map<const clang::FunctionDecl*, std::vector<goroutine_context>> contexts_;
};

}  // namespace gosan::checks
