// Which goroutines may still run at each point of a body: started here, and not yet waited for on every path that led there.
//
// A goroutine is waited for by what it signals (done on a group, a send, a close, a notify, a store to an atomic ...) being
// waited for, by its handle being joined, or by being handed to somebody whose code is not seen, who may wait.
#pragma once

#include <bitset>

#include "model/dataflow.hpp"
#include "model/unit.hpp"

namespace gosan::checks {

class joins {
 public:
  static constexpr unsigned most = 64;  // places of starts in one body; that there are more is said, and those are taken to be waited for
  using state = std::bitset<most>;

  joins(const flow& f, unit& u);

  const std::vector<std::shared_ptr<const spawn_site>>& sites() const { return sites_; }
  // Index of the site that the step starts, or `most`.
  unsigned index_of(const step& s) const;
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
  void waited(state& s, const place& p) const;
  void hold_shared(std::size_t site);
  void add_released(std::size_t site);
  // Unseen code got p, or part of it: it may wait there for all that the goroutine signals or holds of the same object.
  void handed_on(state& s, const place& p) const;
  void add_tokens(const summary& effects, std::vector<place>& to, int depth);

  unit& unit_;
  std::vector<std::shared_ptr<const spawn_site>> sites_;
  const flow& flow_;
  std::vector<std::vector<place>> tokens_, held_;
  std::vector<std::vector<place>> released_;  // locks that the goroutine gives up for somebody else
};

// Whether an operation of this role waits for others, and whether it lets others go on.
bool is_waiting(role r);
bool is_signalling(role r);

}  // namespace gosan::checks
