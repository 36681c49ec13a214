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

#include <algorithm>
#include <atomic>
#include <bit>

#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "race/contexts.hpp"
#include "race/knowledge.hpp"
#include "race/states.hpp"

namespace gosan::race {

// An access as far as the state that it leaves goes: when, where and how. All zeroes: none. Whole words, so that keys are compared in
// registers.
struct access_key {
  epoch when;  // whose, and when: what is remembered of another epoch is void
  std::uintptr_t pc;
  std::uint64_t how;  // context << 32 | size << 16 | kind << 8 | bytes

  bool operator==(const access_key& o) const noexcept { return !((when ^ o.when) | (pc ^ o.pc) | (how ^ o.how)); }
};
constexpr access_key key_of(epoch when, std::uintptr_t pc, node_id context, std::uint8_t kind, byte_mask bytes, std::uint16_t size) noexcept {
  return {when, pc, std::uint64_t{context} << 32 | std::uint64_t{size} << 16 | std::uint64_t{kind} << 8 | bytes};
}

// What a thread remembers of the steps it took: in an epoch, the same access takes the same state to the same state, and
// when the step was no race once it is none the next time. So a loop over an array compares clocks once, not per element.
class transition {
 public:
  transition() = default;
  transition(const access_key& by, state_id from, state_id to) noexcept : made_by_(by), from_(from), to_(to) {}

  // Whether that access takes `from` on to the state that to_again() gives.
  [[gnu::always_inline]] bool is_of(access_key k, state_id from) const noexcept {
    k.how |= made_by_.how & noted_bit;
    return from_ == from && made_by_ == k;
  }
  // For another location than the one that it was made for.
  [[gnu::always_inline]] state_id to_again() noexcept {
    if (!(made_by_.how & noted_bit)) note();
    return to_;
  }
  bool is_of_epoch(epoch e) const noexcept { return made_by_.when == e; }
  void drop() noexcept { made_by_.when = 0; }

 private:
  static constexpr std::uint64_t noted_bit = 1 << 15;  // that the state is given to many. The highest of the kind: no access has it
  [[gnu::cold]] void note() noexcept {
    states::given_again(to_);
    made_by_.how |= noted_bit;
  }

  access_key made_by_;
  state_id from_, to_;
};

// The state that holds one access and nothing else. What an access replaces does not matter to the state it leaves, so in an epoch
// all locations that an access has to itself get the same one.
struct sole_access {
  access_key made_by;
  state_id to;
};

// A node of the context tree found lately. Nodes are never freed, so entries hold for ever.
struct found_node {
  std::uintptr_t pc;
  node_id parent;
  node_id node;  // 0: no entry
};

// The same of three at once: a place, in a function that was entered lately through another, from one of which the node is known.
struct found_site {
  std::uintptr_t pc, call_site, outer_call_site;
  node_id caller;  // 0: no entry
  node_id outer, context, site;
};

// How many of a table's 2^most places are used: so few at first, and more when those are not enough.
template <unsigned most>
struct places_used {
  static constexpr unsigned first_bits = 8, most_bits = most;
  static_assert(most_bits % 2 == first_bits % 2);
  std::uint32_t bits;
  std::uint32_t lost;  // times that a place was taken from what was still of use

  void note_lost() noexcept {
    if (++lost < 1u << (bits - 2) || bits == most_bits) return;
    lost = 0;
    bits += 2;
  }
};

struct thread_cache {
  static constexpr unsigned transitions = 4096, soles = 1024, nodes = 16384, sites = 256;
  static constexpr unsigned sole_bits_less = std::bit_width(transitions / soles) - 1;
  std::atomic<std::uint32_t> active;
  std::atomic<std::uint32_t> generation;
  places_used<std::bit_width(transitions) - 1> steps_used;  // and of soles as many less
  places_used<std::bit_width(nodes) - 1> nodes_used;
  std::atomic<bool> taken;  // by a living thread
  thread_cache* next;       // in the list of all, constant after publication
  std::atomic<std::uintptr_t> thread_pointer;  // of the thread that has taken it
  states::area area;
  alignas(64) transition steps[transitions];
  sole_access sole[soles];
  states::recent recent;
  found_node found[nodes];
  found_site found_sites[sites];
  known_time known[knowledge::places];

  [[gnu::always_inline]] transition& step_of(const access_key& k, state_id from) noexcept { return steps[hash(k, std::uint64_t{from} << 20) >> (64 - steps_used.bits)]; }
  sole_access& sole_of(const access_key& k) noexcept { return sole[hash(k, 0) >> (64 + sole_bits_less - steps_used.bits)]; }
  void remember_step(const access_key& k, state_id from, state_id to) noexcept {
    if (step_of(k, from).is_of_epoch(k.when)) steps_used.note_lost();
    step_of(k, from) = {k, from, to};
  }
  sole_access& remember_sole(const access_key& k, state_id to) noexcept {
    if (sole_of(k).made_by.when == k.when) steps_used.note_lost();
    return sole_of(k) = {k, to};
  }

  void drop_steps() noexcept {
    const std::size_t used = std::size_t{1} << steps_used.bits;
    std::for_each(steps, steps + used, [](transition& t) { t.drop(); });
    std::for_each(sole, sole + (used >> sole_bits_less), [](sole_access& s) { s.made_by.when = 0; });
  }

  // contexts::child, remembered.
  [[gnu::always_inline]] node_id child(node_id parent, std::uintptr_t pc) noexcept {
    found_node& f = place_of(parent, pc);
    return f.pc == pc && f.parent == parent && f.node ? f.node : find(parent, pc);
  }
  // 0: it is not.
  [[gnu::always_inline]] node_id remembered_child(node_id parent, std::uintptr_t pc) noexcept {
    const found_node& f = place_of(parent, pc);
    return f.pc == pc && f.parent == parent ? f.node : 0;
  }
  found_site& site_place_of(const frame_entry* top, std::uintptr_t pc) noexcept {
    const std::uintptr_t key = pc ^ std::rotl(top[-1].call_site, 20) ^ std::rotl(top[-2].call_site, 40) ^ std::uint64_t{top[-3].node} << 32;
    return found_sites[key * 0x9E3779B97F4A7C15ull >> 56];
  }

 private:
  found_node& place_of(node_id parent, std::uintptr_t pc) noexcept {
    return found[((pc ^ std::uint64_t{parent} << 32) * 0x9E3779B97F4A7C15ull) >> (64 - nodes_used.bits)];
  }
  [[gnu::noinline]] node_id find(node_id parent, std::uintptr_t pc) noexcept {
    if (place_of(parent, pc).node) nodes_used.note_lost();
    const node_id n = contexts::child(parent, pc);
    place_of(parent, pc) = {pc, parent, n};
    return n;
  }
  static std::uint64_t hash(const access_key& k, std::uint64_t more) noexcept {
    return (k.pc ^ std::rotl(k.how, 32) ^ more) * 0x9E3779B97F4A7C15ull;
  }
};

// The node of the running function.
[[gnu::always_inline]] inline node_id running_context(const thread_view& t, thread_cache& cache) noexcept {
  return contexts::current(t.bottom, t.top, [&](node_id parent, std::uintptr_t call_site) { return cache.child(parent, call_site); });
}

// That of a place in it, as far as it is remembered; otherwise 0.
[[gnu::always_inline]] inline node_id remembered_site(const thread_view& t, thread_cache& cache, std::uintptr_t pc) noexcept {
  if (t.top == t.bottom) return cache.remembered_child(0, pc);
  frame_entry* const f = t.top - 1;
  if (f->node) return cache.remembered_child(f->node, pc);
  if (t.top - t.bottom < 3) return 0;
  frame_entry* const outer = f - 1;
  const node_id caller = outer[-1].node;
  const found_site& s = cache.site_place_of(t.top, pc);
  if ((s.pc ^ pc) | (s.call_site ^ f->call_site) | (s.outer_call_site ^ outer->call_site) | (s.caller ^ caller) || !caller) return 0;
  outer->node = s.outer;
  f->node = s.context;
  return s.site;
}

// The same, found out.
node_id running_site(const thread_view& t, thread_cache& cache, std::uintptr_t pc) noexcept;

namespace caches {
thread_cache& of_this_thread() noexcept;
thread_cache* all() noexcept;
// The thread's cache may serve another one.
void thread_ended() noexcept;
// Asks the system to order other threads' accesses: while there is one thread, that takes no time; later it takes ten milliseconds.
void start() noexcept;
// Raises the generation; false when some thread was not seen out of the old one in reasonable time.
bool new_generation() noexcept;

namespace detail {
extern std::atomic<std::uint32_t> current;
// Whether the system orders other threads' accesses for us: where it does not, each thread orders its own.
enum class barrier : std::uint8_t { unknown, own, of_system };
extern std::atomic<barrier> orders_others;
barrier ask_for_barrier() noexcept;
}  // namespace detail
}  // namespace caches

// Whether the calling code is a signal's handler of the program that has interrupted the detector, or the scheduler, in the midst: it may
// neither take their locks nor use what the thread remembers. Its accesses are not checked.
[[gnu::always_inline]] inline bool interrupted_in_the_midst() noexcept {
  const thread_view& t = __gosan_thread;
  return live::in_the_midst != 0 || (t.cache && t.cache->active.load(std::memory_order_relaxed) != 0) ||
         (!t.actor && live::between_goroutines());
}

class holding_states;

// Scope in which the thread is active, if that takes nothing unusual: it makes no call. Not nested.
class holding_states_at_once {
 public:
  [[gnu::always_inline]] explicit holding_states_at_once(thread_cache& of_this_thread) noexcept : cache_(of_this_thread) {
    cache_.active.store(1, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // [GENERATION]
    const std::uint32_t now = caches::detail::current.load(std::memory_order_acquire);
    usual_ = caches::detail::orders_others.load(std::memory_order_relaxed) == caches::detail::barrier::of_system &&
             cache_.generation.load(std::memory_order_relaxed) == now;
  }
  [[gnu::always_inline]] ~holding_states_at_once() { cache_.active.store(0, std::memory_order_release); }
  holding_states_at_once(const holding_states_at_once&) = delete;
  holding_states_at_once& operator=(const holding_states_at_once&) = delete;
  [[gnu::always_inline]] explicit operator bool() const noexcept { return usual_; }

 private:
  thread_cache& cache_;
  bool usual_;
};

// Scope in which the thread is active. May be nested.
class holding_states {
 public:
  holding_states() noexcept : holding_states(caches::of_this_thread()) {}
  // REQUIRES: the calling thread's.
  [[gnu::always_inline]] explicit holding_states(thread_cache& of_this_thread) noexcept : cache_(of_this_thread) { enter(); }
  ~holding_states() { leave(); }
  holding_states(const holding_states&) = delete;
  holding_states& operator=(const holding_states&) = delete;

  thread_cache& cache() const noexcept { return cache_; }
  [[gnu::always_inline]] void enter() noexcept {
    cache_.active.store(cache_.active.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (caches::detail::orders_others.load(std::memory_order_relaxed) != caches::detail::barrier::of_system) [[unlikely]] order_own();
    std::atomic_signal_fence(std::memory_order_seq_cst);  // [GENERATION]
    const std::uint32_t now = caches::detail::current.load(std::memory_order_acquire);
    if (cache_.generation.load(std::memory_order_relaxed) != now) [[unlikely]] drop_older(now);
  }
  void leave() noexcept {
    cache_.active.store(cache_.active.load(std::memory_order_relaxed) - 1, std::memory_order_release);
  }

 private:
  static void order_own() noexcept;
  void drop_older(std::uint32_t now) noexcept;

  thread_cache& cache_;
};

}  // namespace gosan::race
