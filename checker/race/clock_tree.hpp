// A persistent map from actors to times: the part of a clock that many clocks share.
//
// Sixteen-way radix tree over actor numbers; a node holds only the children it has. Nodes are immutable while shared and
// counted by reference; an update copies one path, or nothing when the path is nobody else's. merge() returns one of its
// arguments wherever that dominates, so clocks that descend from one another keep sharing.
// The naive twin is a std::map<actor_number, ticks>; tests/race fuzzes the two against each other.
#pragma once

#include <atomic>
#include <cstdint>

#include "race/epoch.hpp"

namespace gosan::race {

struct clock_node;

namespace clock_tree {
// Trees that have been merged into a tree, which says all that they say. Never changed; counted by reference.
struct met {
  static constexpr unsigned most = 2;
  std::atomic<std::uint32_t> refs;
  clock_node* trees[most];
};
// Shares both.
met* meet(clock_node* latest, clock_node* own) noexcept;
met* share(met* m) noexcept;
void drop(met* m) noexcept;

// 0 when absent. Null is the empty tree everywhere.
ticks find(const clock_node* root, actor_number n) noexcept;
// Takes over the caller's reference to `root`, returns one to the result.
clock_node* raise(clock_node* root, actor_number n, ticks t) noexcept;
// The same for several, in ascending order (of one actor the last counts): a node is come to once for all that belong in it. REQUIRES: some.
clock_node* raise_all(clock_node* root, const epoch* first, const epoch* last) noexcept;
// The least upper bound. Borrows all, returns a reference. What one of the two shares with what the other has met is not looked at.
clock_node* merge(clock_node* a, clock_node* b, const met* by_a = nullptr, const met* by_b = nullptr) noexcept;
clock_node* share(clock_node* root) noexcept;
void drop(clock_node* root) noexcept;
// Nodes alive in the process, for tests and the footer.
std::uint64_t nodes_alive() noexcept;
// Pairs of nodes that merges had to look into, for tests: what joins cost.
std::uint64_t nodes_compared() noexcept;
}  // namespace clock_tree

}  // namespace gosan::race
