// The goroutines that a function has a part in: itself, those it starts, those they start. Each with what it does, in places
// as the function sees them.
#pragma once

#include "model/unit.hpp"

namespace gosan::checks {

struct goroutine_context {
  std::shared_ptr<const spawn_site> site;  // null: the function itself
  summary does;
  bool repeated = false;  // started in a loop, so there may be several

  bool does_any(role r, const place& p) const { return find(r, p) != nullptr; }
  const effect* find(role r, const place& p) const {
    for (const effect& e : does.effects)
      if (e.what == r && e.where == p) return &e;
    return nullptr;
  }
};

// What a body calls a place of whoever enters it, when it does something there; unknown when it does not.
place name_within(const clang::FunctionDecl* body, const binding& entry, const place& outer, unit& u);

// Whether the goroutine may settle with others which of them does something: by a lock, an atomic, a once.
bool settles_with_others(const goroutine_context& c);

// Whether it is run only when its result is asked for, by whoever asks: std::launch::deferred.
bool is_deferred(const spawn_site& s);

// The function's own context first.
std::vector<goroutine_context> contexts_of(const clang::FunctionDecl* f, unit& u);

// Whether the variable's object gets where this translation unit does not show what becomes of it: returned, stored, handed
// to a function without a body here. `in` is the body of the function whose variable it is.
bool escapes(const clang::VarDecl* v, const clang::Stmt* in, unit& u);
// The same, but the function may return it.
bool escapes_but_by_return(const clang::VarDecl* v, const clang::Stmt* in, unit& u);
// Whether a pointer variable is made with an object that nobody else knows of: by new, make_shared, or a function that is one.
bool holds_own_object(const clang::VarDecl* v);

// Whether the library defines it, in namespace std or in one within.
bool is_of_standard_library(const clang::Decl& d);

// Whether f, with what it calls, calls functions that nothing is known of: these may take a lock, or wait, or see to it otherwise
// that one thing comes after the other.
bool calls_unseen(const clang::FunctionDecl* f, unit& u, int depth = 0);

// A path that leaves a body without an operation.
struct missed_exit {
  clang::SourceLocation at;
  bool early = false;  // by return or throw, not by the closing brace
};

// The exits of f that some path reaches without doing `what` on `p` (a place of f's own).
std::vector<missed_exit> exits_without(const flow& f, unit& u, role what, const place& p);

}  // namespace gosan::checks
