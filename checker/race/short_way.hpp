// The short way of an access: to few granules, each by a step that the thread remembers, or in a state of the location's own where the actor
// takes the place of its own latest entry. Most accesses go it that are not known in their epoch. Whatever is unusual leaves it to
// access(), which finds the granules that have been taken on known.
//
// It needs no look at whether anything is recorded: where nothing is, nothing is remembered, and no state is a location's own. What a thread
// remembers is no race and is not remembered where a goroutine uses a worker's variables. Limits of memory that are reached empty the cache.
#pragma once

#include <algorithm>

#include "race/caches.hpp"
#include "race/own_states.hpp"
#include "race/relock.hpp"
#include "race/shadow.hpp"
#include "race/thread_variables.hpp"

namespace gosan::race::short_way {

// Of new memory what lay there does not matter.
[[gnu::always_inline]] inline bool step_from_nothing(std::uint32_t* word, std::uintptr_t p, const access_key& key, thread_cache& cache) noexcept {
  const sole_access& s = cache.sole_of(key);
  state_id old = 0;
  if (s.made_by != key) return false;
  states::given_again(s.to);
  if (!__atomic_compare_exchange_n(word, &old, s.to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return false;  // [WORD]
  shadow::note_touched(p);
  return true;
}

[[gnu::always_inline]] inline bool step_remembered(std::uint32_t* word, state_id old, const access_key& key, thread_cache& cache) noexcept {
  const transition& t = cache.step_of(key, old);
  if (t.from != old || t.made_by != key) return false;
  states::given_again(t.to);
  return __atomic_compare_exchange_n(word, &old, t.to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);  // [WORD]
}

// In a program whose epochs are short the commonest of all: whoever was the last to access the location comes by again in a later one.
[[gnu::always_inline]] inline bool step_in_own(std::uint32_t* word, state_id id, const access_key& key, const actor_state& who,
                                               thread_cache& cache) noexcept {
  const epoch latest = __atomic_load_n(&state_at(id).owner, __ATOMIC_RELAXED);
  if (number_of(latest) != number_of(key.when) || latest == key.when || who.latest.at == latest_lock::phase::back) return false;
  const entry x{key.when, cache.child(key.context, key.pc), key.bytes(), key.kind(), key.size};
  own_states::held own(word, id);
  return own && own.take_last_place(x, {x.when, who.past, who.past_version, cache.known});
}

[[gnu::always_inline]] inline bool step(std::uintptr_t p, const access_key& key, const actor_state& who, thread_cache& cache) noexcept {
  std::uint32_t* const word = word_of(p);
  if (!word) return false;
  const state_id old = __atomic_load_n(word, __ATOMIC_ACQUIRE);  // [WORD]
  if (!old) return step_from_nothing(word, p, key, cache);
  return own_states::is(old) ? step_in_own(word, old, key, who, cache) : step_remembered(word, old, key, cache);
}

// The cache, when the way is open for accesses at p. With an epoch to show there is an actor, whose accesses count.
[[gnu::always_inline]] inline thread_cache* open(const thread_view& t, std::uintptr_t p) noexcept {
  if (!t.now || interrupted_in_the_midst() || (t.variables && t.variables->hold(p))) return nullptr;
  return t.cache;
}

// Accesses [p, p + n), of one granule, as access() does. False: nothing was done.
[[gnu::always_inline]] inline bool taken_in_one(std::uintptr_t p, unsigned n, std::uint8_t kind, std::uintptr_t pc) noexcept {
  const thread_view& t = __gosan_thread;
  thread_cache* const cache = open(t, p);
  if (!cache) return false;
  const holding_states scope(*cache);
  const relock::moment at = relock::now(*t.actor);
  return step(p, key_of(at.when, pc, running_context(t, *cache), kind, bytes_of(p, p + n), packed_size(n, at.taken)), *t.actor, *cache);
}

inline constexpr std::size_t most_bytes = 128;

// The same for a range. False: some was left to do.
[[gnu::noinline]] inline bool taken(std::uintptr_t p, std::size_t n, std::uint8_t kind, std::uintptr_t pc, std::size_t each) noexcept {
  const thread_view& t = __gosan_thread;
  thread_cache* const cache = n - 1 < most_bytes ? open(t, p) : nullptr;
  if (!cache) return false;
  const holding_states scope(*cache);
  const relock::moment at = relock::now(*t.actor);
  const node_id context = running_context(t, *cache);
  const std::uint16_t size = packed_size(each ? each : n, at.taken);
  for (const std::uintptr_t end = p + n; p < end;) {
    const std::uintptr_t stop = std::min(end, (p | 7) + 1);
    if (!step(p, key_of(at.when, pc, context, kind, bytes_of(p, stop), size), *t.actor, *cache)) return false;
    p = stop;
  }
  return true;
}

}  // namespace gosan::race::short_way
