// Which goroutines may still run at each point of a body: started here, and not yet waited for on every path that led there.
//
// A goroutine is waited for by what it signals (done on a group, a send, a close, a notify, a store to an atomic ...) being
// waited for, by its handle being joined, or by being handed to somebody whose code is not seen, who may wait.
#pragma once

#include <bitset>

#include "model/dataflow.hpp"
#include "model/left_behind.hpp"
#include "model/unit.hpp"

namespace gosan::checks {

class joins {
 public:
  static constexpr unsigned most = 64;  // places of starts in one body; that there are more is said, and those are taken to be waited for
  using state = std::bitset<most>;

  // With `calls`, what a call leaves running is started by it. Otherwise only what the body itself starts counts.
  joins(const flow& f, unit& u, left_behind* calls = nullptr);

  const std::vector<std::shared_ptr<const spawn_site>>& sites() const { return sites_; }
  // Index of the site that the step starts, or `most`.
  unsigned index_of(const step& s) const;
  // The call that leaves the goroutine of a site running, and as what; null: the body itself starts it.
  const step* call_of(unsigned site) const { return calls_[site].first; }
  const left_goroutine* left_of(unsigned site) const { return calls_[site].second; }
  // What the goroutine signals by; objects of the user's that it holds; locks that it gives up for somebody else.
  const std::vector<place>& tokens(unsigned site) const { return tokens_[site]; }
  const std::vector<place>& held(unsigned site) const { return held_[site]; }
  const std::vector<place>& released(unsigned site) const { return released_[site]; }
  // Waiting by a call on an object of which nothing is known counts for goroutines that hold that object.
  void holds(unsigned site, const place& p) { held_[site].push_back(p); }

  state entry() const { return {}; }
  void apply(state& s, const step& st) const;
  bool join(state& into, const state& from) const {
    state before = into;
    into |= from;
    return into != before;
  }

 private:
  void add_site(std::shared_ptr<const spawn_site> s, const step* call, const left_goroutine* left);
  void know(std::size_t site);
  void know_of_call(std::size_t site);
  void apply_call(state& s, const step& st) const;
  static bool is_done_once(const effect& wait, const step& call);
  void add_tokens_of_closures(const clang::Expr* callable, std::size_t site);
  void waited(state& s, const place& p) const;
  void hold_shared(std::size_t site);
  void add_released(std::size_t site);
  // Unseen code got p, or part of it: it may wait there for all that the goroutine signals or holds of the same object.
  void handed_on(state& s, const place& p) const;
  void add_tokens(const summary& effects, std::vector<place>& to, int depth);

  unit& unit_;
  std::vector<std::shared_ptr<const spawn_site>> sites_;
  const flow& flow_;
  std::vector<std::pair<const step*, const left_goroutine*>> calls_;
  std::map<std::pair<const clang::Stmt*, const clang::FunctionDecl*>, std::vector<std::size_t>> started_by_;
  std::vector<std::vector<place>> tokens_, held_, released_;
  std::vector<std::vector<place>> awaited_;  // what the goroutine has itself waited for when it ends
};

// Whether an operation of this role waits for others, and whether it lets others go on.
bool is_waiting(role r);
bool is_signalling(role r);

}  // namespace gosan::checks
