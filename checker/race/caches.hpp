// What each thread keeps for its accesses, and the stretches in which it holds on to ids of states.
//
//   thread_cache::active   set by        means
//   > 0                    its thread    ids of states that are not in a location may be in use
//   0                      its thread    none is
//
// A collection raises the generation, waits until each active thread has been seen idle or in the new generation, and may
// then treat every state that no location is in as free: what threads remembered of older generations they drop unused.
// The thread's store to `active` and its load of the generation are ordered by the collector's membarrier. [GENERATION]
#pragma once

#include <atomic>

#include "race/contexts.hpp"
#include "race/knowledge.hpp"
#include "race/states.hpp"

namespace gosan::race {

// What a thread remembers of the steps it took: in an epoch, the same access takes the same state to the same state, and
// when the step was no race once it is none the next time. So a loop over an array compares clocks once, not per element.
struct transition {
  epoch when;  // whose, and when: an entry of another epoch is void
  std::uintptr_t pc;
  node_id context;
  state_id from, to;
  std::uint16_t bytes_and_kind;
  std::uint16_t size;
};

// The state that holds one access and nothing else. What an access replaces does not matter to the state it leaves, so in an epoch
// all locations that an access has to itself get the same one.
struct sole_access {
  epoch when;  // as above
  std::uintptr_t pc;
  node_id context;
  state_id to;
  std::uint16_t bytes_and_kind;
  std::uint16_t size;
};

// A node of the context tree found lately. Nodes are never freed, so entries hold for ever.
struct found_node {
  std::uintptr_t pc;
  node_id parent;
  node_id node;  // 0: no entry
};

struct thread_cache {
  static constexpr unsigned transitions = 1024, soles = 1024, nodes = 1024;
  std::atomic<std::uint32_t> active;
  std::atomic<std::uint32_t> generation;
  std::atomic<bool> taken;  // by a living thread
  thread_cache* next;       // in the list of all, constant after publication
  std::atomic<std::uintptr_t> thread_pointer;  // of the thread that has taken it
  states::area area;
  transition steps[transitions];
  sole_access sole[soles];
  found_node found[nodes];
  known_time known[knowledge::places];

  // contexts::child, remembered.
  node_id child(node_id parent, std::uintptr_t pc) noexcept {
    found_node& f = found[((pc ^ std::uint64_t{parent} << 32) * 0x9E3779B97F4A7C15ull) >> 54];
    if (f.pc != pc || f.parent != parent || !f.node) f = {pc, parent, contexts::child(parent, pc)};
    return f.node;
  }
};

namespace caches {
thread_cache& of_this_thread() noexcept;
thread_cache* all() noexcept;
// The thread's cache may serve another one.
void thread_ended() noexcept;
std::uint32_t generation() noexcept;
// Raises the generation; false when some thread was not seen out of the old one in reasonable time.
bool new_generation() noexcept;
}  // namespace caches

// Whether the calling code is a signal's handler of the program that has interrupted the detector, or the scheduler, in the midst: it may
// neither take their locks nor use what the thread remembers. Its accesses are not checked.
bool interrupted_in_the_midst() noexcept;

// Scope in which the thread is active. May be nested.
class holding_states {
 public:
  holding_states() noexcept : cache_(caches::of_this_thread()) { enter(); }
  ~holding_states() { leave(); }
  holding_states(const holding_states&) = delete;
  holding_states& operator=(const holding_states&) = delete;

  thread_cache& cache() const noexcept { return cache_; }
  void enter() noexcept;
  void leave() noexcept {
    cache_.active.store(cache_.active.load(std::memory_order_relaxed) - 1, std::memory_order_release);
  }

 private:
  thread_cache& cache_;
};

}  // namespace gosan::race
