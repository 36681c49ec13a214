// What bodies do, and under which locks: every operation of a body and of what it calls, with the locks that are held there,
// those that had to be taken on the way there, and those that a caller's hold does not reach through to.
#pragma once

#include "model/contexts.hpp"
#include "model/locks.hpp"
#include "model/per_function.hpp"

namespace gosan::checks {

struct occurrence {
  role what = role::none;
  unsigned properties = 0;
  bool certain = true;
  place where{};
  place gives_up{};                       // of a wait: the lock that it unlocks meanwhile, when it is known
  const clang::Stmt* origin = nullptr;    // the operation itself, maybe in a callee
  clang::SourceLocation at{};             // where the body gets there: the operation, or the call of the callee
  std::map<place, held_lock> held{};      // on every path
  std::map<place, held_lock> passed{};    // locked before on some path, held or not
  std::set<place> released{};             // unlocked before on some path
  bool in_loop = false;
  std::map<place, held_lock> between{};   // of a range: locked, and given up, in each turn, so between one receive and the next

  bool has(unsigned p) const { return (properties & p) != 0; }
  // Whether the wait may unlock it meanwhile: it is handed that lock, or one of which the text does not tell which it is.
  bool may_give_up(const place& lock) const;
  occurrence translated(const binding& b) const;
};

// An occurrence in one of the unit's goroutines, in places as the function at the root of it all sees them.
struct placed_occurrence {
  occurrence what;
  const clang::FunctionDecl* root = nullptr;
  std::shared_ptr<const spawn_site> site;  // null: the root itself
  bool repeated = false;                   // several goroutines run it

  const clang::Expr* start() const { return site ? site->expr : nullptr; }
  bool same_goroutine(const placed_occurrence& o) const { return root == o.root && start() == o.start(); }
};

class occurrences {
 public:
  static constexpr std::size_t most = 300;  // in one body; more is generated code, left out, and said to be

  explicit occurrences(unit& u) : unit_(u) {}
  const std::vector<occurrence>& of(const clang::FunctionDecl* f);
  // Of the whole unit: functions that nothing here calls or starts, with what they call and start.
  std::vector<placed_occurrence> all();

 private:
  std::vector<occurrence> compute(const flow& f);
  void at_exit(const spawn_site& s, std::vector<occurrence>& to);

  unit& unit_;
  per_function<std::vector<occurrence>> known_;
};

// Whether two places surely mean one lock: the same variable or field of it, or one field, seen by methods or parameters.
bool is_same_lock(const place& a, const place& b);
// Whether they may; an unknown one may be any, and an object that is locked as a whole may do so by a lock within.
bool may_be_one_lock(const place& a, const place& b);
// Whether two places can mean one object.
bool may_be_one(const place& a, const place& b);

}  // namespace gosan::checks
