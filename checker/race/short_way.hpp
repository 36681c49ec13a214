// The short way of an access: to few granules, from a state to another by steps that the thread remembers. Most accesses go it that are
// not known in their epoch. Whatever is unusual leaves it to access(), which finds the granules that have been taken on known.
//
//   thread_view::short_way   set by                              the short way
//   null                     the start, the end of the thread    is closed: nothing was recorded here yet
//   the thread's cache       the first access that is recorded   is open where the thread remembers the step
//
// What a thread remembers is no race and is not remembered where a goroutine uses a worker's variables; the conditions that close it for a
// while are asked here. Limits of memory that are reached meanwhile empty the cache.
#pragma once

#include <algorithm>

#include "live/spin_lock.hpp"
#include "race/caches.hpp"
#include "race/own_states.hpp"
#include "race/relock.hpp"
#include "race/shadow.hpp"
#include "race/thread_variables.hpp"

namespace gosan::race::short_way {

// The state after this access; 0: not remembered. Of new memory what lay there does not matter.
inline state_id remembered(state_id old, const access_key& key, thread_cache& cache) noexcept {
  if (!old) {
    const sole_access& s = cache.sole_of(key);
    return s.made_by == key ? s.to : 0;
  }
  if (own_states::is(old)) return 0;  // and not to look in vain
  const transition& t = cache.step_of(key, old);
  return t.from == old && t.made_by == key ? t.to : 0;
}

inline bool step(std::uintptr_t p, const access_key& key, thread_cache& cache) noexcept {
  std::uint32_t* const word = word_of(p);
  if (!word) return false;
  state_id old = __atomic_load_n(word, __ATOMIC_ACQUIRE);  // [WORD]
  const bool is_new = !old;
  const state_id to = remembered(old, key, cache);
  if (!to) return false;
  states::given_again(to);
  if (!__atomic_compare_exchange_n(word, &old, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return false;  // [WORD]
  if (is_new) shadow::note_touched(p);
  return true;
}

inline constexpr std::size_t most_bytes = 128;

// Accesses [p, p + n) as access() does. False: nothing was done.
[[gnu::always_inline]] inline bool taken(std::uintptr_t p, std::size_t n, std::uint8_t kind, std::uintptr_t pc, std::size_t each) noexcept {
  thread_view& t = __gosan_thread;
  thread_cache* const cache = t.short_way;
  if (!cache || !t.now || !t.actor || n - 1 >= most_bytes) return false;
  // A handler that has interrupted the detector: interrupted_in_the_midst().
  if (live::in_the_midst || cache->active.load(std::memory_order_relaxed)) return false;
  if (t.variables && t.variables->hold(p)) return false;
  const holding_states scope(*cache);
  const relock::moment at = relock::now(*t.actor);
  const node_id context = running_context(t, *cache);
  const std::uint16_t size = packed_size(each ? each : n, at.taken);
  for (const std::uintptr_t end = p + n; p < end;) {
    const std::uintptr_t stop = std::min(end, (p | 7) + 1);
    if (!step(p, key_of(at.when, pc, context, kind, bytes_of(p, stop), size), *cache)) return false;
    p = stop;
  }
  return true;
}

}  // namespace gosan::race::short_way
