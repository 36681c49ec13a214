// How often a body counts a group up or down, itself and by what it calls and starts, where that is the same on every path.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

// Over all paths to a body's end; what is `most` may be more.
struct times {
  static constexpr unsigned most = 16;
  unsigned fewest = 0, greatest = 0;

  bool exact() const { return fewest == greatest && greatest != most; }
  times operator+(times o) const { return {std::min(fewest + o.fewest, most), std::min(greatest + o.greatest, most)}; }
  friend bool operator==(const times&, const times&) = default;
};

// By how much a call of `add` counts up; unknown when that is no constant.
std::optional<std::int64_t> added(const clang::Stmt* call, const clang::ASTContext& ast);

class group_counter {
 public:
  explicit group_counter(unit& u) : unit_(u) {}

  // `what` is add or done; the place is the body's own name of the group.
  times of(const clang::FunctionDecl* body, const place& group, role what) { return of(body, group, what, 0); }
  times of(const spawn_site& s, const place& group, role what) { return started(s, group, what, 0); }
  // What has been counted: the operations, and the calls and starts that lead to them from the bodies that were asked about.
  bool has_seen(const clang::Stmt* operation) const { return seen_.count(operation) != 0; }
  bool leads_by(const clang::Stmt* call_or_start) const { return ways_.count(call_or_start) != 0; }
  const std::set<const clang::FunctionDecl*>& bodies() const { return bodies_; }  // that are led to

 private:
  friend struct times_problem;
  times of(const clang::FunctionDecl* body, const place& group, role what, int depth);
  times started(const spawn_site& s, const place& group, role what, int depth);
  times within(const clang::FunctionDecl* body, const binding& entry, const place& group, role what, const clang::Stmt* way, int depth);
  std::set<place> names_in(const clang::FunctionDecl* body, const binding& entry, const place& group, role what, int depth);

  unit& unit_;
  std::set<const clang::Stmt*> seen_, ways_;
  std::set<const clang::FunctionDecl*> bodies_;
};

// Whether nothing else in the unit counts a member up or down, or comes to the counted operations by another way than was counted
// from `root`.
bool is_all(const group_counter& counted, const clang::FunctionDecl& root, const clang::FieldDecl& group, unit& u);
// The same for a local variable, within the function that has it.
bool is_all(const group_counter& counted, const clang::FunctionDecl& root, const place& group, unit& u);

}  // namespace gosan::checks
