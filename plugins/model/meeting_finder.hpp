// Looks for meetings among the goroutines of one function, and with the function itself.
#pragma once

#include "model/meanwhile.hpp"
#include "model/meetings.hpp"

namespace gosan::checks {

// Whether the two are of one piece of memory, and one of them writes.
bool in_conflict(const deep_access& a, const deep_access& b);
// Whether one lock is held by both, not by both for reading; or it is not known whether one is.
bool may_share_a_lock(const standing& a, const standing& b);

class meeting_finder {
 public:
  static constexpr std::size_t most = 16;  // places of starts; generated code has more
  static constexpr std::size_t enough = 8;  // of one function

  meeting_finder(const flow& f, unit& u, deep_accesses& all, left_behind& left, moved_pointers& moved);

  // Whether there is anything to look at.
  bool prepare();
  void judge(std::vector<meeting>& out);
  // The parameters that goroutines call which run at the same time.
  std::vector<run_parameter> runs();

 private:
  const clang::FunctionDecl& function() const { return flow_.function(); }
  bool starts(const step& st, unsigned site) const;
  void find_concurrent(const solution<meanwhile>& solved);
  void note_told(const step& st, joins::state before);
  std::vector<deep_access> accesses_of(unsigned site);
  bool is_known_here(const place& p) const;
  bool is_loop_variable(const place& p) const;
  bool is_of_one_turn(const place& p, unsigned site) const;
  clang::SourceLocation start_of(unsigned site) const;
  party party_of(const deep_access& a, unsigned site) const;

  // Whether what has been waited for may come from a goroutine, by itself or by what others pass on; the function apart.
  bool may_be_told(const standing& s, unsigned by);
  bool may_tell(const place& p, unsigned by, bool by_receiving);
  // A lock that the function holds while it starts the goroutine keeps that waiting where it takes it.
  bool waits_at_gate(unsigned site, const standing& s);
  bool are_apart(const deep_access& a, unsigned n, const deep_access& b, unsigned m);
  bool are_apart(const deep_access& own, const deep_access& a, unsigned site);
  // Site n starts while m runs. False when enough has been found.
  bool judge(unsigned n, unsigned m, std::vector<meeting>& out);
  void judge_own(std::vector<meeting>& out);
  bool judge_own(const deep_access& own, unsigned site, std::vector<meeting>& out);

  unit& unit_;
  const flow& flow_;
  deep_accesses& accesses_;
  moved_pointers& moved_;
  joins sites_;
  standing_problem standing_;
  deep_accesses::solved_standing solved_;
  std::set<std::pair<unsigned, unsigned>> concurrent_;      // the first starts while the second runs
  std::map<const clang::Stmt*, joins::state> meanwhile_;    // at each point of the function
  std::map<place, joins::state> told_here_;                 // what the function tells by or waits for, and who runs then
  std::map<unsigned, standing> at_start_;
  std::vector<std::vector<deep_access>> by_site_;
};

}  // namespace gosan::checks
