// The one dataflow engine: a forward worklist over a body's flow. A check brings its lattice:
//
//   struct problem {
//     using state = ...;                          // copyable, comparable
//     state entry() const;
//     void apply(state&, const step&) const;      // what a step does
//     bool join(state& into, const state& from) const;  // true when `into` grew
//     void branch(state&, const clang::CFGBlock&) const;  // may be left out: what the decision at the end of a block does
//   };
//
// Joins must go up a lattice of finite height. A body with more work than work_limit is given up (complete() is false, and the
// front ends say so), so that generated code cannot hang the compiler. Work is steps taken and, for each block that is come to,
// the facts that its state carries: those are copied, and gotos against the order of blocks can make both many.
#pragma once

#include <queue>

#include "model/flow.hpp"

namespace gosan::checks {

// How many facts a state carries, of those that cost a node each.
template <class State>
std::size_t facts_in(const State& s) {
  if constexpr (requires { s.facts(); }) return s.facts();
  else if constexpr (requires { typename State::key_type; }) return s.size();
  else return 0;
}

template <class Problem>
class solution {
 public:
  using state = typename Problem::state;
  static constexpr std::size_t work_limit = 400'000;

  solution(const flow& f, const Problem& p) : flow_(f), problem_(p), in_(f.cfg().getNumBlockIDs()) { solve(); }

  bool complete() const { return complete_; }

  // f(step, state before it), for every step that a path reaches. Steps on edges are not among them.
  template <class F>
  void each_step(F f) const {
    each_point(f, [](const clang::Stmt*, const state&) {});
  }

  // The same, and g(statement, state before its own steps) for each statement of the CFG that a path reaches, in order.
  template <class F, class G>
  void each_point(F f, G g) const {
    for (const clang::CFGBlock* b : flow_.cfg()) {
      if (!b || !in_[b->getBlockID()]) continue;
      state s = *in_[b->getBlockID()];
      const auto& steps = flow_.steps(*b);
      std::size_t done = 0;
      auto go_to = [&](std::size_t n) {
        for (; done != n; ++done) {
          f(steps[done], std::as_const(s));
          problem_.apply(s, steps[done]);
        }
      };
      for (unsigned n = 0; n != b->size(); ++n) {
        go_to(flow_.steps_before(*b, n));
        if (auto e = (*b)[n].template getAs<clang::CFGStmt>()) g(e->getStmt(), std::as_const(s));
      }
      go_to(steps.size());
    }
  }

  // f(state, block), for every block from which a path leaves the body by return, exception or its end.
  template <class F>
  void each_exit(F f) const {
    for (const clang::CFGBlock* b : flow_.cfg()) {
      if (!b || !in_[b->getBlockID()] || b->hasNoReturnElement()) continue;
      for (unsigned n = 0; n != b->succ_size(); ++n) {
        if (!flow_.is_path(*b, n) || *(b->succ_begin() + n) != &flow_.cfg().getExit()) continue;
        state s = after(*b);
        take_edge(s, *b, n);
        f(std::as_const(s), *b);
      }
    }
  }

  state after(const clang::CFGBlock& b) const {
    state s = *in_[b.getBlockID()];
    for (const step& st : flow_.steps(b)) problem_.apply(s, st);
    if constexpr (requires { problem_.branch(s, b); }) problem_.branch(s, b);
    return s;
  }

  const std::optional<state>& before(const clang::CFGBlock& b) const { return in_[b.getBlockID()]; }

 private:
  void take_edge(state& s, const clang::CFGBlock& b, unsigned n) const {
    if (const auto* steps = flow_.edge_steps(b, n))
      for (const step& st : *steps) problem_.apply(s, st);
  }

  void solve() {
    const clang::CFGBlock& entry = flow_.cfg().getEntry();
    in_[entry.getBlockID()] = problem_.entry();
    // Clang numbers blocks from the end: the highest number first is the order of paths, so that a join comes after its branches.
    std::vector<const clang::CFGBlock*> blocks(in_.size());
    for (const clang::CFGBlock* b : flow_.cfg())
      if (b) blocks[b->getBlockID()] = b;
    std::priority_queue<unsigned> work;
    work.push(entry.getBlockID());
    std::vector<bool> queued(in_.size());
    std::size_t done = 0;
    while (!work.empty()) {
      const clang::CFGBlock* b = blocks[work.top()];
      work.pop();
      queued[b->getBlockID()] = false;
      done += 1 + flow_.steps(*b).size() + facts_in(*in_[b->getBlockID()]);
      if (done > work_limit) {
        complete_ = false;
        flow_.give_up(limit::paths);
        return;
      }
      if (b->hasNoReturnElement()) continue;
      state out = after(*b);
      for (unsigned n = 0; n != b->succ_size(); ++n) {
        if (!flow_.is_path(*b, n)) continue;
        const clang::CFGBlock* to = *(b->succ_begin() + n);
        state s = out;
        take_edge(s, *b, n);
        auto& in = in_[to->getBlockID()];
        bool grew = !in;
        if (!in) in = std::move(s);
        else grew = problem_.join(*in, s);
        if (grew && !queued[to->getBlockID()]) {
          queued[to->getBlockID()] = true;
          work.push(to->getBlockID());
        }
      }
    }
  }

  const flow& flow_;
  const Problem& problem_;
  std::vector<std::optional<state>> in_;
  bool complete_ = true;
};

}  // namespace gosan::checks
