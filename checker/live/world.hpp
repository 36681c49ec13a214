// Leak proofs in a running program: stops every thread, gathers the roots, asks sync::leak_proof.
#pragma once

#include <utility>
#include <vector>

#include "events/snapshot.hpp"
#include "sync/proof.hpp"

namespace gosan::live {

struct proven {
  bool complete = false;              // false: some thread could not be stopped or the heap is not ours; nothing is proven then
  events::snapshot picture;
  std::vector<std::size_t> dead;      // places in picture.goroutines of those that nobody can wake
  // Who of the dead waits for whom of them: by a lock's holder, or because only that one's stack leads to what is waited for.
  std::vector<std::pair<std::size_t, std::size_t>> waits_for;
};

// Stops the world for it. Callable from goroutines and threads; at most one at a time runs, others wait. With a scope, waits_for is
// of its goroutines only: what earlier tests left behind is not explained anew at the end of each.
proven prove(const sync::object_table& objects, const sync::lock_detector& locks, const sync::wait_table& waits, events::object_id scope = 0);

}  // namespace gosan::live
