// How far a body has come with a channel: lattices over its flow, for the checks that count senders against receives.
#pragma once

#include "model/contexts.hpp"
#include "model/dataflow.hpp"

namespace gosan::checks {

bool receives(role r);
bool delivers(role r);  // a value, or the end

bool is_endless(const clang::Stmt* loop, const clang::ASTContext& ast);
// How often a loop of the form `for (int i = A; i < B; ++i)` runs, whose ends are constants; without a loop, once.
std::optional<std::int64_t> turns(const clang::Stmt* loop, const clang::ASTContext& ast);
// Whether each turn of the loop comes past s: no branch and no other loop lies between.
bool is_in_each_turn(const clang::Stmt* s, const clang::Stmt* loop, const flow& f);
// The capacity that a channel is made with, when it is plain.
std::optional<std::int64_t> capacity_of(const clang::CallExpr* make, const clang::ASTContext& ast);

// What a step does on a channel: an operation of the body itself, or of what it calls.
template <class F>
void each_effect(const step& st, unit& u, const place& channel, F f) {
  if (st.kind == step_kind::op && st.where == channel) f(effect{st.what, st.properties, st.where, st.origin, st.certain, false});
  if (st.kind != step_kind::call) return;
  for (const effect& e : u.summary_of(st.callee).effects)
    if (st.entry->translate(e.where) == channel) f(e);
}

inline constexpr unsigned many = 8;
inline unsigned plus(unsigned a, unsigned b) { return std::min(many, a + b); }

// Joins of numbers: the most over all paths. Of bool: whether on some path.
template <class T>
bool join_most(T& into, T from) {
  bool grew = from > into;
  into = std::max(into, from);
  return grew;
}

// How many goroutines that were started with a send may still wait for their receiver.
struct pending_problem {
  using state = unsigned;
  unit& u;
  const flow& f;
  const place& channel;
  const clang::Stmt* made_in;                            // the loop around the making
  const std::map<const clang::Stmt*, unsigned>& starts;  // with how much each sends
  bool either_or = false;  // who sends here may have sent on another channel in its place
  bool buffered = false;   // then a loop of which it is not known how often it runs counts once

  state entry() const { return 0; }
  void apply(state& s, const step& st) const;
  bool join(state& into, state from) const { return join_most(into, from); }

 private:
  void started(state& s, const clang::Stmt* loop, unsigned times) const;
  void received(state& s, const step& st, const effect& e) const;
};

// Whether a partner has been started, or the body itself has done its part.
struct begun_problem {
  using state = bool;
  unit& u;
  const place& channel;
  bool (*is_part)(role);

  state entry() const { return false; }
  void apply(state& s, const step& st) const;
  bool join(state& into, state from) const { return join_most(into, from); }

 private:
  bool starts_partner(const spawn_site& site, int depth) const;
};

// How much has been sent at least, and whether on some path a receiver has been started, or has received.
struct filled {
  unsigned sent = 0;
  bool begun = false;
};

struct filling_problem {
  using state = filled;
  unit& u;
  const place& channel;

  state entry() const { return {}; }
  void apply(state& s, const step& st) const;
  bool join(state& into, state from) const;
};

// Whether nothing has been sent or closed yet.
struct nothing_sent_problem {
  using state = bool;
  unit& u;
  const place& channel;

  state entry() const { return true; }
  void apply(state& s, const step& st) const;
  bool join(state& into, state from) const { return join_most(into, from); }
};

// How often a body, with what it calls, receives from what it calls `own`; `many` where that is not known.
unsigned most_received(const clang::FunctionDecl* body, const place& own, unit& u, int depth = 0);

struct received_problem {
  using state = unsigned;
  unit& u;
  const place& channel;
  int depth;

  state entry() const { return 0; }
  void apply(state& s, const step& st) const;
  bool join(state& into, state from) const { return join_most(into, from); }
};

}  // namespace gosan::checks
