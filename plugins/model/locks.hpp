// Which locks are held at each point of a body. What runs a function once (std::call_once, gosan::once) is held by who runs it, and
// waited for by who comes meanwhile, so it is a lock where orders of locks are looked at: whoever asks for it takes it.
#pragma once

#include "model/dataflow.hpp"
#include "model/unit.hpp"

namespace gosan::checks {

struct held_lock {
  bool read = false;
  bool os = false;                   // of the thread, not of the goroutine
  const clang::Stmt* taken = nullptr;
  bool once = false;
  friend bool operator==(const held_lock&, const held_lock&) = default;
};

// Forward: by place, the locks that are held on some path (any == true) or on every path (any == false).
struct lock_problem {
  using state = std::map<place, held_lock>;
  unit& u;
  bool any;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const;
  bool join(state& into, const state& from) const;
};

inline bool asks_once(role what, unsigned properties) { return what == role::call_now && (properties & props::maybe) != 0; }

// A guard that a function returns, by itself or in an object: the lock it holds is not followed, and counts as not held.
bool returns_guard(const clang::FunctionDecl& f, const role_map& roles);

// Whether a call of f may unlock p, which is in terms of f's own, before it has locked it: its caller's lock is given up then.
bool may_unlock_first(const clang::FunctionDecl* f, const place& p, unit& u, int depth = 0);

}  // namespace gosan::checks
