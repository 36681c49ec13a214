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
  transition& t = cache.step_of(key, old);
  return t.is_of(key, old) && __atomic_compare_exchange_n(word, &old, t.to_again(), false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);  // [WORD]
}

// An access as the short way knows it: by an actor, at a moment; what its context is, it asks when it has to.
struct passer {
  const thread_view& t;
  thread_cache& cache;
  relock::moment at;
  std::uintptr_t pc;
  std::uint8_t kind;
  std::uint16_t size;

  entry of(byte_mask bytes) const noexcept { return {at.when, 0, bytes, kind, size}; }
  // Epochs that are as good as that one: relock.hpp.
  epoch later() const noexcept { return t.actor->now - at.when; }
  [[gnu::always_inline]] node_id context() const noexcept { return running_context(t, cache); }
  node_id site() const noexcept { return running_site(t, cache, pc); }
};

// Whether an access to a granule where another has been since was made before. Many threads that read the same ask so.
[[gnu::always_inline]] inline bool known_beside_others(state_id id, const entry& x, epoch later) noexcept {
  return number_of(__atomic_load_n(&state_at(id).owner, __ATOMIC_RELAXED)) != number_of(x.when) && own_states::knows(id, x, later);
}

[[gnu::noinline]] inline bool step_simply(own_states::held& own, const entry& x, const passer& by) noexcept {
  const actor_state& who = *by.t.actor;
  return own.take_simply(x, by.later(), {x.when, who.past, who.past_version, by.cache.known}, [&] { return by.site(); });
}

// In a program whose epochs are short the commonest of all: in a new one an actor comes by again, or takes over what others have left.
[[gnu::always_inline]] inline bool step_in_own(std::uint32_t* word, state_id id, const entry& x, const passer& by) noexcept {
  if (known_beside_others(id, x, by.later())) return true;
  own_states::held own(word, id);
  return own && (own.take_again(x, [&]() __attribute__((always_inline)) { return by.site(); }) || step_simply(own, x, by));
}

[[gnu::always_inline]] inline bool step_in_shared(std::uint32_t* word, state_id old, std::uintptr_t p, byte_mask bytes, const passer& by) noexcept {
  if (old && known_beside_others(old, by.of(bytes), 0)) return true;
  const access_key key = key_of(by.at.when, by.pc, by.context(), by.kind, bytes, by.size);
  return old ? step_remembered(word, old, key, by.cache) : step_from_nothing(word, p, key, by.cache);
}

[[gnu::always_inline]] inline bool step(std::uint32_t* word, std::uintptr_t p, byte_mask bytes, const passer& by) noexcept {
  const state_id old = __atomic_load_n(word, __ATOMIC_ACQUIRE);  // [WORD]
  return own_states::is(old) ? step_in_own(word, old, by.of(bytes), by) : step_in_shared(word, old, p, bytes, by);
}

// The cache, when the way is open for accesses at p. With an epoch to show there is an actor, whose accesses count.
[[gnu::always_inline]] inline thread_cache* open(const thread_view& t, std::uintptr_t p) noexcept {
  if (!t.now || interrupted_in_the_midst() || (t.variables && t.variables->hold(p))) return nullptr;
  return t.cache;
}

// Accesses bytes of the granule of `word`, as access() does; `how`: of own_states::how_of(). False: nothing was done.
[[gnu::always_inline]] inline bool taken_in_one(std::uint32_t* word, std::uintptr_t p, std::uint64_t how, std::uintptr_t pc) noexcept {
  const thread_view& t = __gosan_thread;
  thread_cache* const cache = open(t, p);
  if (!cache) return false;
  const holding_states scope(*cache);
  const relock::moment at = relock::now(*t.actor);
  return step(word, p, own_states::bytes_in(how), {t, *cache, at, pc, own_states::kind_in(how), packed_size(own_states::size_in(how), at.taken)});
}

// Whether a location has a state of its own, and whether the running actor was the last to access it, in an earlier epoch. Seen without protection,
// as in generated code: it may be so no longer, and of the last and the first epoch of two numbers the answer is wrong.
enum class sort : std::uint8_t { shared, own, own_and_latest };
[[gnu::always_inline]] inline sort sort_at(const std::uint32_t* word) noexcept {
  const state_id id = __atomic_load_n(word, __ATOMIC_ACQUIRE);  // [WORD]
  if (!own_states::is(id)) return sort::shared;
  return __gosan_thread.now - 1 - __atomic_load_n(&state_at(id).owner, __ATOMIC_RELAXED) < last_tick ? sort::own_and_latest : sort::own;
}

// The same as open() where that takes no call; with an epoch that generated code knows, in which the actor has `taken` so many locks.
[[gnu::always_inline]] inline thread_cache* open_at_once(const thread_view& t, std::uintptr_t p, std::uint64_t& taken) noexcept {
  thread_cache* const cache = t.cache;
  if (!t.now || !cache || live::in_the_midst || cache->active.load(std::memory_order_relaxed) || (t.variables && t.variables->hold(p)))
    return nullptr;
  const actor_state& who = *t.actor;
  taken = who.taken;
  if (who.latest.at != latest_lock::phase::back) return cache;
  taken = who.latest.taken;
  return relock::lost(who) ? nullptr : cache;
}

// In a program whose epochs are short the commonest of all is that who was the last at a location comes by again, from the same place: what that
// takes, and not a call. False: nothing was done.
[[gnu::always_inline]] inline bool taken_again(std::uint32_t* word, std::uintptr_t p, std::uint64_t how, std::uintptr_t pc) noexcept {
  const thread_view& t = __gosan_thread;
  std::uint64_t taken = 0;
  thread_cache* const cache = open_at_once(t, p, taken);
  if (!cache) return false;
  const holding_states_at_once scope(*cache);
  if (!scope) return false;
  return own_states::take_again_at_once(word, t.now, how | taken << 59,
                                        [&]() __attribute__((always_inline)) { return remembered_site(t, *cache, pc); });
}

// Whether an entry of a state that is shared says as much as an access of the epoch `now` would.
[[gnu::always_inline]] inline bool knows_alone(const state& s, epoch now, std::uint64_t how) noexcept {
#pragma nounroll
  for (const stored_entry *e = s.entries, *const end = e + s.count; e != end; ++e)
    if (e->when() == now && replaces(e->kind, own_states::kind_in(how)) && !(own_states::bytes_in(how) & ~e->bytes)) return true;
  return false;
}

enum class outcome : std::uint8_t { taken, unusual, unknown };

// Where many share their state, the commonest are what was done before another came by, and a step that the thread remembers, from one state or from
// none: the same for them.
// unknown: it is no step that the thread remembers.
[[gnu::always_inline]] inline outcome taken_alike(std::uint32_t* word, std::uintptr_t p, std::uint64_t how, std::uintptr_t pc) noexcept {
  const thread_view& t = __gosan_thread;
  std::uint64_t taken = 0;
  thread_cache* const cache = open_at_once(t, p, taken);
  if (!cache) return outcome::unusual;
  const bool in_first_function = t.top == t.bottom;
  const std::uint64_t context = in_first_function ? 0 : t.top[-1].node;
  const holding_states_at_once scope(*cache);
  if (!(context || in_first_function) || !scope) return outcome::unusual;
  state_id old = __atomic_load_n(word, __ATOMIC_ACQUIRE);  // [WORD]
  if (own_states::is(old)) return outcome::unusual;
  const access_key key{t.now, pc, context << 32 | how >> 32 | taken << 27};
  if (!old) return step_from_nothing(word, p, key, *cache) ? outcome::taken : outcome::unknown;
  if (number_of(state_at(old).owner ^ t.now) && knows_alone(state_at(old), t.now, how)) return outcome::taken;
  transition& step = cache->step_of(key, old);
  if (!step.is_of(key, old)) return outcome::unknown;
  return __atomic_compare_exchange_n(word, &old, step.to_again(), false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) ? outcome::taken : outcome::unusual;
}

// Of a state of the location's own, what was done before another came by, or by the actor itself since an epoch that is as good.
[[gnu::always_inline]] inline bool known_of_own(std::uint32_t* word, std::uintptr_t p, std::uint64_t how) noexcept {
  const thread_view& t = __gosan_thread;
  std::uint64_t taken = 0;
  thread_cache* const cache = open_at_once(t, p, taken);
  if (!cache) return false;
  const holding_states_at_once scope(*cache);
  const state_id id = __atomic_load_n(word, __ATOMIC_ACQUIRE);  // [WORD]
  if (!scope || !own_states::is(id)) return false;
  const epoch later = t.actor->now - t.now;
  if (later && own_states::take_over_at_once(word, t.now, how, later)) return true;
  return known_beside_others(id, {t.now, 0, own_states::bytes_in(how), own_states::kind_in(how), 0}, later);
}

// The state of a granule that comes later lies anywhere: it is fetched while others are dealt with.
[[gnu::always_inline]] inline void approach(std::uintptr_t p) noexcept {
  if (const std::uint32_t* word = word_of(p)) __builtin_prefetch(&state_at(__atomic_load_n(word, __ATOMIC_RELAXED)));
}

inline constexpr std::size_t most_bytes = 128;

// The same for a range. The first byte that was left to do; past the end when none was.
[[gnu::noinline]] inline std::uintptr_t taken_up_to(std::uintptr_t p, std::size_t n, std::uint8_t kind, std::uintptr_t pc, std::size_t each) noexcept {
  const thread_view& t = __gosan_thread;
  thread_cache* const cache = n - 1 < most_bytes ? open(t, p) : nullptr;
  if (!cache) return p;
  const holding_states scope(*cache);
  const relock::moment at = relock::now(*t.actor);
  const passer by{t, *cache, at, pc, kind, packed_size(each, at.taken)};
  const std::uintptr_t end = p + n;
  for (std::uintptr_t later = (p | 7) + 1; later < end; later += 8) approach(later);
  while (p < end) {
    const std::uintptr_t stop = std::min(end, (p | 7) + 1);
    std::uint32_t* const word = word_of(p);
    if (!word || !step(word, p, bytes_of(p, stop), by)) break;
    p = stop;
  }
  return p;
}

}  // namespace gosan::race::short_way
