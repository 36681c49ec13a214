#include "sync/lock_graph.hpp"

#include <algorithm>

namespace gosan::sync {
namespace {

template <typename List, typename T>
bool contains(const List& list, T value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

template <typename List, typename T>
void erase_one(List& list, T value) {
  auto at = std::find(list.begin(), list.end(), value);
  if (at == list.end()) return;
  *at = list.back();
  list.pop_back();
}

}  // namespace

lock_graph::links& lock_graph::get(node n) {
  auto [at, fresh] = nodes_.try_emplace(n);
  if (fresh) at->second.rank = next_rank_++;
  return at->second;
}

bool lock_graph::has(node from, node to) const {
  const auto at = nodes_.find(from);
  return at != nodes_.end() && contains(at->second.out, to);
}

bool lock_graph::against(node from, node to) const { return nodes_.at(from).rank >= nodes_.at(to).rank; }

bool lock_graph::add(node from, node to) {
  if (has(from, to)) return false;
  links& a = get(from);
  links& b = get(to);
  if (a.rank > b.rank && from != to) {
    // The order disagrees: either `to` already leads to `from`, and the edge goes aside, or what lies between is moved.
    live::ivector<node> ahead, behind;
    if (!search_up(to, from, a.rank, ahead)) {
      search_down(from, b.rank, behind);
      reorder(behind, ahead);
    }
  }
  a.out.push_back(to);
  b.in.push_back(from);
  aside_ += against(from, to);
  return true;
}

bool lock_graph::search_up(node from, node to, std::uint64_t limit, live::ivector<node>& seen) const {
  live::iset<node> known{from};
  seen.push_back(from);
  for (std::size_t i = 0; i < seen.size(); ++i)
    for (node next : nodes_.at(seen[i]).out) {
      if (against(seen[i], next)) continue;
      if (next == to) return true;
      if (nodes_.at(next).rank < limit && known.insert(next).second) seen.push_back(next);
    }
  return false;
}

void lock_graph::search_down(node from, std::uint64_t limit, live::ivector<node>& seen) const {
  live::iset<node> known{from};
  seen.push_back(from);
  for (std::size_t i = 0; i < seen.size(); ++i)
    for (node next : nodes_.at(seen[i]).in)
      if (!against(next, seen[i]) && nodes_.at(next).rank > limit && known.insert(next).second) seen.push_back(next);
}

// Gives the ranks of both sets to `behind` first, then to `ahead`, each in its own order. Edges that were aside of the order may
// come to agree with it or the other way round: they are counted anew around the moved nodes.
void lock_graph::reorder(live::ivector<node>& behind, live::ivector<node>& ahead) {
  auto by_rank = [this](node x, node y) { return nodes_.at(x).rank < nodes_.at(y).rank; };
  std::sort(behind.begin(), behind.end(), by_rank);
  std::sort(ahead.begin(), ahead.end(), by_rank);
  behind.insert(behind.end(), ahead.begin(), ahead.end());
  live::iset<node> moved(behind.begin(), behind.end());
  auto count_aside = [&] {
    std::size_t n = 0;
    for (node x : behind) {
      for (node y : nodes_.at(x).out) n += against(x, y);
      for (node y : nodes_.at(x).in) n += !moved.contains(y) && against(y, x);
    }
    return n;
  };
  aside_ -= count_aside();
  live::ivector<std::uint64_t> ranks;
  for (node x : behind) ranks.push_back(nodes_.at(x).rank);
  std::sort(ranks.begin(), ranks.end());
  for (std::size_t i = 0; i < behind.size(); ++i) nodes_.at(behind[i]).rank = ranks[i];
  aside_ += count_aside();
}

bool lock_graph::reaches(node from, node to) const {
  const auto a = nodes_.find(from), b = nodes_.find(to);
  if (a == nodes_.end() || b == nodes_.end()) return false;
  if (!aside_) {
    if (a->second.rank >= b->second.rank) return false;
    live::ivector<node> seen;
    return search_up(from, to, b->second.rank, seen);
  }
  live::ivector<node> seen{from};
  live::iset<node> known;
  for (std::size_t i = 0; i < seen.size(); ++i)
    for (node next : nodes_.at(seen[i]).out) {
      if (next == to) return true;
      if (known.insert(next).second) seen.push_back(next);
    }
  return false;
}

void lock_graph::remove(node n) {
  const auto at = nodes_.find(n);
  if (at == nodes_.end()) return;
  for (node to : at->second.out) {
    aside_ -= against(n, to);
    if (to != n) erase_one(nodes_.at(to).in, n);
  }
  for (node from : at->second.in) {
    if (from == n) continue;
    aside_ -= against(from, n);
    erase_one(nodes_.at(from).out, n);
  }
  nodes_.erase(at);
}

}  // namespace gosan::sync
