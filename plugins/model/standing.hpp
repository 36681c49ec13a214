// Where a goroutine stands when it comes to a point of its body: what it holds, and what it has done on the way there by which others
// may have told it to go on.
#pragma once

#include "model/access_paths.hpp"
#include "model/locks.hpp"

namespace gosan::checks {

class deep_accesses;

struct standing {
  // On some path. The unknown place: nobody can tell what was waited for.
  std::map<place, held_lock> held;
  std::set<place> passed;   // locked, held or not
  std::set<place> awaited;  // received from, waited for; a parameter that is called: what its callable waits for
  std::set<place> sent;     // sent on: waits for who receives
  bool asked = false;       // took a lock or looked at an atomic
  bool branched = false;    // decided something
  bool decided = false;     // after it had asked: by the answer, maybe
  bool chosen = false;      // by what only this call knows: which piece of work it is, say

  // Anything may have been done.
  static standing unknown();
  std::size_t facts() const { return held.size() + passed.size() + awaited.size() + sent.size(); }
  // Of what comes next in the same goroutine.
  void then(const standing& inner);
  standing translated(const binding& b) const;
};

struct standing_problem {
  using state = standing;
  const flow& f;
  unit& u;
  deep_accesses& all;
  path_finder paths;
  std::set<const clang::Stmt*> told_by_edges{};  // cases of selects whose result is looked at

  standing_problem(const flow& f, unit& u, deep_accesses& all);
  state entry() const { return {}; }
  void apply(state& s, const step& st) const;
  void branch(state& s, const clang::CFGBlock& b) const;
  bool join(state& into, const state& from) const;

 private:
  void operation(state& s, const step& st) const;
  void unknown_call(state& s, const step& st) const;
  void call(state& s, const step& st) const;
};

// Whether the step is the wait for a timer, which nobody is ordered by.
bool is_of_timer(const step& st, const unit& u);
// A callable that a call is handed, of which the callee's body tells when it runs.
bool is_handed_closure(const step& st, const unit& u);
// Whether a wait at p is told by operations on p alone, which are seen: of a channel, a group, the handle of a goroutine.
bool is_known_way(const place& p, const role_map& roles);
// Whether the call may enter another body, or none: an overridden method, a closure that somebody may call at some time. The standard
// library's algorithms call theirs at once.
bool is_uncertain(const step& call);
// Whether a call of what is not seen may wait, or be answered by others.
bool may_wait_unseen(const step& unknown, const unit& u);

}  // namespace gosan::checks
