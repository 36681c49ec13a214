// Which lock was taken while which was held, as a directed graph that grows edge by edge, and the paths in it.
//
// A topological order is kept as long as there is one (Pearce and Kelly's way: an edge that agrees with the order costs nothing,
// another reorders only what lies between its ends), so that most new edges are known at once to close no cycle. The edges that
// did close one are kept aside of the order; while there are any, the answer comes from a search. Its naive twin, a search over all
// edges each time, is in tests/detectors/lock_graph_test.cpp.
//
// Not thread-safe: the caller serialises. Memory is the checker's own.
#pragma once

#include <cstdint>

#include "live/internal_alloc.hpp"

namespace gosan::sync {

class lock_graph {
 public:
  using node = std::uint64_t;  // a lock's object id

  // Adds the edge; false when it is there already.
  bool add(node from, node to);
  bool has(node from, node to) const;
  // Whether `to` can be reached from `from` by one edge or more.
  bool reaches(node from, node to) const;
  // Calls see(from, to) for each edge that begins or ends at the lock.
  template <typename See>
  void each_edge(node n, See&& see) const;
  // The lock is gone, and its edges with it.
  void remove(node n);

  // Calls visit(path) for each simple path from `from` to `to` of at most `longest` nodes, both included, until it returns false or
  // `budget` steps are spent; returns the steps that are left.
  template <typename Visit>
  std::size_t paths(node from, node to, std::size_t longest, std::size_t budget, Visit&& visit) const;

  std::size_t nodes() const noexcept { return nodes_.size(); }

 private:
  struct links {
    std::uint64_t rank = 0;
    live::ivector<node> out, in;
  };
  using table = live::imap<node, links>;

  links& get(node n);
  // Whether `to` is reached from `from` over edges that go up in rank, up to the rank `limit`; those seen go to `seen`.
  bool search_up(node from, node to, std::uint64_t limit, live::ivector<node>& seen) const;
  void search_down(node from, std::uint64_t limit, live::ivector<node>& seen) const;
  void reorder(live::ivector<node>& behind, live::ivector<node>& ahead);
  bool against(node from, node to) const;  // an edge kept aside of the order

  template <typename Visit>
  bool walk(live::ivector<node>& path, node to, std::size_t longest, std::size_t& budget, Visit& visit) const;

  table nodes_;
  std::uint64_t next_rank_ = 1;
  std::size_t aside_ = 0;  // edges that go down in rank
};

// ---- inline bodies ----

template <typename See>
void lock_graph::each_edge(node n, See&& see) const {
  const auto at = nodes_.find(n);
  if (at == nodes_.end()) return;
  for (node to : at->second.out) see(n, to);
  for (node from : at->second.in) see(from, n);
}

template <typename Visit>
bool lock_graph::walk(live::ivector<node>& path, node to, std::size_t longest, std::size_t& budget, Visit& visit) const {
  const auto here = nodes_.find(path.back());
  if (here == nodes_.end()) return true;
  for (node next : here->second.out) {
    if (!budget) return false;
    --budget;
    if (next == to) {
      path.push_back(to);
      const bool on = visit(static_cast<const live::ivector<node>&>(path));
      path.pop_back();
      if (!on) return false;
      continue;
    }
    if (path.size() + 1 >= longest) continue;
    bool on_path = false;
    for (node n : path) on_path |= n == next;
    if (on_path) continue;
    path.push_back(next);
    const bool on = walk(path, to, longest, budget, visit);
    path.pop_back();
    if (!on) return false;
  }
  return true;
}

template <typename Visit>
std::size_t lock_graph::paths(node from, node to, std::size_t longest, std::size_t budget, Visit&& visit) const {
  if (!reaches(from, to)) return budget;
  live::ivector<node> path{from};
  walk(path, to, longest, budget, visit);
  return budget;
}

}  // namespace gosan::sync
