#include "race/access.hpp"

#include <algorithm>
#include <atomic>

#include "race/abi.hpp"
#include "race/actors.hpp"
#include "race/atomics.hpp"
#include "race/budget.hpp"
#include "race/caches.hpp"
#include "race/collect.hpp"
#include "race/contexts.hpp"
#include "race/own_states.hpp"
#include "race/race_report.hpp"
#include "race/relock.hpp"
#include "race/shadow.hpp"
#include "race/short_way.hpp"
#include "race/thread_variables.hpp"

namespace gosan::race {

namespace {

struct attempt {
  actor_state& who;
  epoch when;
  thread_cache& cache;
  knowledge past;
  bool special;  // more is known than by who.past: what others remember of steps is of no use, nor is this
  node_id context;
  std::uintptr_t pc;
  std::uint8_t kind;
  std::uint16_t size;

  access_key key(byte_mask bytes) const noexcept { return key_of(when, pc, context, kind, bytes, size); }
  entry of(byte_mask bytes) const noexcept { return {when, cache.child(context, pc), bytes, kind, size}; }
};

// The state that holds this access and nothing else; it is known to replace what was there.
state_id only_this(state_id old, byte_mask bytes, const attempt& a) noexcept {
  const access_key key = a.key(bytes);
  const sole_access& known = a.cache.sole_of(key);
  const bool again = known.made_by == key;
  if (again) states::given_again(known.to);
  const state_id to = again ? known.to : a.cache.remember_sole(key, states::only(a.of(bytes), a.cache.area)).to;
  if (old && !a.special) a.cache.remember_step(key, old, to);
  return to;
}

// The state after this access, put together anew or remembered.
state_id state_after(state_id old, byte_mask bytes, const attempt& a, conflicts_found& races) noexcept {
  if (a.special) [[unlikely]] return states::after(old, a.of(bytes), a.past, a.cache.area, races);
  const access_key key = a.key(bytes);
  transition& t = a.cache.step_of(key, old);
  if (t.is_of(key, old)) return t.to_again();
  state_id fresh = states::after(old, a.of(bytes), a.past, a.cache.area, races);
  if (races.bytes || fresh == old) return fresh;
  fresh = states::one_for_all(fresh, a.cache.recent, a.cache.area);
  a.cache.remember_step(key, old, fresh);
  return fresh;
}

// A state that no other location was given: this one goes its own way, and gets a state of its own. 0: a shared one is due.
state_id own_after(state_id old, byte_mask bytes, const attempt& a, states::outcome o, conflicts_found& races) noexcept {
  if (!old || states::given_to_many(old)) return 0;
  if (o == states::outcome::only_x) return own_states::make(a.of(bytes), a.cache.area);
  return own_states::make_after(old, a.of(bytes), a.past, a.cache.area, races);
}

// The same where the state is the location's own. False: start again.
[[gnu::always_inline]] inline bool step_in_place(std::uint32_t* word, state_id id, byte_mask bytes, const attempt& a, conflicts_found& races) noexcept {
  own_states::held own(word, id, a.cache.area);
  return own && (own.knows({a.when, 0, bytes, a.kind, a.size}) || own.take(a.of(bytes), a.past, a.cache.area, races));
}

struct taken_step {
  state_id from, to;
  bool moved;  // the word was changed
};

// Takes one granule a step on. Conflicts are added to `races`.
taken_step step(std::uint32_t* word, byte_mask bytes, const attempt& a, conflicts_found& races) noexcept {
  for (;; races.clear()) {  // of a state that was left meanwhile
    // Acquire meets the release of the exchange below: a state is seen filled in. [WORD]
    state_id old = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    if (own_states::is(old)) {
      if (step_in_place(word, old, bytes, a, races)) return {old, old, false};
      continue;
    }
    const states::outcome o = states::outcome_of(old, {a.when, 0, bytes, a.kind, a.size}, a.past);
    if (o == states::outcome::same) return {old, old, false};
    state_id to = own_after(old, bytes, a, o, races);
    if (!to) to = o == states::outcome::only_x ? only_this(old, bytes, a) : state_after(old, bytes, a, races);
    state_id expected = old;
    if (to == old || __atomic_compare_exchange_n(word, &expected, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return {old, to, true};  // [WORD]
  }
}

void report(const attempt& a, std::uintptr_t granule, const conflicts_found& races) noexcept {
  if (const thread_variables* v = __gosan_thread.variables; v && !v->hold(granule) && v->lie_elsewhere(granule)) return;
  for (unsigned i = 0; i < races.count; ++i) report_race({granule, races.each[i], a.of(0), a.who.id});
}

// Whether 16 words are all `id`. Read as they are at some moment each: whether one is known is settled by its own value.
bool all_are(const std::uint32_t* words, state_id id) noexcept {
  std::uint32_t other = 0;
  for (unsigned i = 0; i < 16; ++i) other |= words[i] ^ id;
  return other == 0;
}

// The first word that is not `id`.
const std::uint32_t* end_of_run(const std::uint32_t* at, const std::uint32_t* end, state_id id) noexcept {
  while (end - at >= 16 && all_are(at, id)) at += 16;
  while (at != end && __atomic_load_n(at, __ATOMIC_RELAXED) == id) ++at;
  return at;
}

// Two whole neighbouring granules that go from one state to another together; most of a range does.
bool step_pair(std::uint32_t* words, state_id from, state_id to) noexcept {
  auto* both = reinterpret_cast<std::uint64_t*>(words);
  std::uint64_t expected = std::uint64_t{from} << 32 | from;
  return __atomic_compare_exchange_n(both, &expected, std::uint64_t{to} << 32 | to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

// Takes on, pair by pair, what is in the same state as the granule before `at` was; its step is known to be no race.
std::uintptr_t access_alike(std::uintptr_t at, std::uintptr_t end, state_id from, state_id to) noexcept {
  const std::uintptr_t leaf_end = (at | ((std::uintptr_t{1} << leaf_bits) - 1)) + 1;
  if (end > leaf_end) end = leaf_end;
  std::uint32_t* words = shadow::word(at);
  if (from == to) return at + 8 * static_cast<std::size_t>(end_of_run(words, words + (end - at) / 8, to) - words);
  if (at & 8) return at;
  states::given_again(to);
  for (; at + 16 <= end && step_pair(words, from, to); at += 16, words += 2) shadow::note_touched(at);
  return at;
}

// Names are looked up for it: not with ids of states in use.
[[gnu::noinline]] void report_outside(holding_states& scope, const attempt& a, std::uintptr_t at, const conflicts_found& races) noexcept {
  scope.leave();
  report(a, at & ~std::uintptr_t{7}, races);
  scope.enter();
}

constexpr std::size_t granules_ahead = 4;

[[gnu::noinline]] void access_granules(std::uintptr_t at, std::uintptr_t end, const attempt& a, holding_states& scope) noexcept {
  while (at < end) {
    const std::uintptr_t next = (at | 7) + 1, stop = next < end ? next : end;
    const byte_mask bytes = bytes_of(at, stop);
    if (end - stop > granules_ahead * 8) short_way::approach(stop + granules_ahead * 8);
    conflicts_found races;
    const taken_step taken = step(shadow::word(at), bytes, a, races);
    if (taken.moved) shadow::note_touched(at);
    if (races.count) [[unlikely]] report_outside(scope, a, at, races);
    at = stop;
    if (bytes == 0xff && !races.count && end - at >= 16) at = access_alike(at, end, taken.from, taken.to);
  }
}

// The state that lies at an access to one granule; 0: there is none yet, or the access is larger.
state_id state_of_one(std::uint32_t* word, std::uintptr_t p, std::uintptr_t end) noexcept {
  return word && in_one_granule(p, end) ? __atomic_load_n(word, __ATOMIC_ACQUIRE) : 0;  // [WORD]
}

// The first access of an epoch to what has been accessed in others: by then the location mostly has a state of its own. False: not so.
[[gnu::always_inline]] inline bool step_in_own(std::uint32_t* word, state_id id, std::uintptr_t p, std::uintptr_t end, const attempt& a,
                                               holding_states& scope) noexcept {
  if (!id || !own_states::is(id)) return false;
  conflicts_found races;
  if (!step_in_place(word, id, bytes_of(p, end), a, races)) return false;
  if (races.count) [[unlikely]] report_outside(scope, a, p, races);
  return true;
}

}  // namespace

std::uint32_t site_of(std::uintptr_t pc) noexcept {
  thread_cache& cache = caches::of_this_thread();
  return cache.child(running_context(__gosan_thread, cache), pc);
}

namespace {

// `size`: of the whole access, of which these bytes may be the rest, or of its pieces.
[[gnu::noinline]] void access_any(std::uintptr_t p, std::size_t n, std::uint8_t kind, std::uintptr_t pc, std::size_t size) noexcept {
  thread_view& t = __gosan_thread;
  if (t.ignore || !n || !states::started() || budget::off() || interrupted_in_the_midst()) return;
  actor_state& who = actors::running();
  if (actors::alone()) return shadow::map(p, p + n);
  const relock::moment at = relock::now(who);
  {
    holding_states scope;
    std::uint32_t* const word = word_of(p);
    const state_id one = state_of_one(word, p, p + n);
    thread_cache& cache = scope.cache();
    const bool of_thread = t.variables && t.variables->hold(p);
    const attempt a{who, at.when, cache, of_thread ? knowledge{who.now, t.variables->known_to(who), 0, nullptr}
                                          : knowledge{who.now, who.past, who.past_version, cache.known},
                    of_thread, running_context(t, cache), pc, kind, packed_size(size, at.taken)};
    if (!step_in_own(word, one, p, p + n, a, scope)) access_granules(p, p + n, a, scope);
  }
  collect::if_due();
}

void access_any_in_one(std::uintptr_t p, std::uint64_t how, std::uintptr_t pc) noexcept {
  const std::uint16_t size = own_states::size_in(how);
  access_any(p, size, own_states::kind_in(how), pc, size);
}

// One granule, one function for all sizes and kinds. Each ends by a jump to the next, so that none has to keep anything.
[[gnu::noinline]] void access_one(std::uint32_t* word, std::uintptr_t p, std::uint64_t how, std::uintptr_t pc) noexcept {
  if (!short_way::taken_in_one(word, p, how, pc)) access_any_in_one(p, how, pc);
}

[[gnu::noinline]] void access_again(std::uint32_t* word, std::uintptr_t p, std::uint64_t how, std::uintptr_t pc) noexcept {
  if (!short_way::taken_again(word, p, how, pc)) access_one(word, p, how, pc);
}

[[gnu::noinline]] void access_own(std::uint32_t* word, std::uintptr_t p, std::uint64_t how, std::uintptr_t pc) noexcept {
  if (!short_way::known_of_own(word, p, how)) access_one(word, p, how, pc);
}

[[gnu::noinline]] void access_alike(std::uint32_t* word, std::uintptr_t p, std::uint64_t how, std::uintptr_t pc) noexcept {
  switch (short_way::taken_alike(word, p, how, pc)) {
    case short_way::outcome::taken: return;
    case short_way::outcome::unusual: return access_one(word, p, how, pc);
    case short_way::outcome::unknown: return access_any_in_one(p, how, pc);
  }
}

}  // namespace

template <unsigned n, access_kind kind>
void access_aligned(std::uintptr_t p, std::uintptr_t pc) noexcept {
  // Generated code comes here with what is not aligned, too: a field of a packed struct, a copy of as many bytes.
  if (n > 8 || (p & 7) + n > 8) [[unlikely]] return access(p, n, kind, pc);
  const byte_mask bytes = n == 8 ? byte_mask{0xff} : bytes_of(p, p + n);
  std::uint32_t* const word = word_of(p);
  if (!word) [[unlikely]] return access_any(p, n, kind, pc, n);
  const auto how = own_states::how_of(bytes, kind, n);
  if constexpr (is_atomic(kind)) __builtin_prefetch(&state_at(__atomic_load_n(word, __ATOMIC_RELAXED)), 1);
  switch (short_way::sort_at(word)) {
    case short_way::sort::shared: return access_alike(word, p, how, pc);
    case short_way::sort::own: return access_own(word, p, how, pc);
    case short_way::sort::own_and_latest: return access_again(word, p, how, pc);
  }
}

#define GOSAN_ALIGNED(n)                                                                             \
  template void access_aligned<n, plain_read>(std::uintptr_t p, std::uintptr_t pc) noexcept;         \
  template void access_aligned<n, plain_write>(std::uintptr_t p, std::uintptr_t pc) noexcept;        \
  template void access_aligned<n, atomic_read>(std::uintptr_t p, std::uintptr_t pc) noexcept;        \
  template void access_aligned<n, atomic_write>(std::uintptr_t p, std::uintptr_t pc) noexcept;
GOSAN_ACCESS_SIZES(GOSAN_ALIGNED)
#undef GOSAN_ALIGNED

namespace {

// Of words of whole granules of one leaf: the first that is not known.
const std::uint32_t* end_of_known(const std::uint32_t* at, const std::uint32_t* end, std::uint16_t need) noexcept {
  while (at != end) {
    const state_id id = __atomic_load_n(at, __ATOMIC_ACQUIRE);  // [WORD]
    if (!same_epoch_state(id, need)) break;
    at = end_of_run(at + 1, end, id);
  }
  return at;
}

// How many bytes from p on the running actor has already accessed so in this epoch. May tell too few.
std::size_t known_bytes(std::uintptr_t p, std::size_t n, bool write) noexcept {
  const std::uintptr_t end = p + n, first = (p + 7) & ~std::uintptr_t{7}, last = end & ~std::uintptr_t{7};
  if (first > last) return same_epoch(p, need_of(bytes_of(p, p + n), write)) ? n : 0;
  if (p < first && !same_epoch(p, need_of(bytes_between(p & 7, 8), write))) return 0;
  const std::uintptr_t stop = std::min(last, (first | ((std::uintptr_t{1} << leaf_bits) - 1)) + 1);
  std::uintptr_t at = first;
  if (const std::uint32_t* words = first < stop ? word_of(first) : nullptr)
    at += 8 * static_cast<std::size_t>(end_of_known(words, words + (stop - first) / 8, need_of(0xff, write)) - words);
  if (at == last && last < end && same_epoch(last, need_of(bytes_between(0, end & 7), write))) at = end;
  return at - p;
}

}  // namespace

void access(std::uintptr_t p, std::size_t n, std::uint8_t kind, std::uintptr_t pc, std::size_t each) noexcept {
  const std::uintptr_t end = p + n;
  if (!each) each = n;
  if (__gosan_thread.now && kind <= plain_write) p += known_bytes(p, n, is_write(kind));
  if (p < end) p = short_way::taken_up_to(p, end - p, kind, pc, each);
  if (p < end) access_any(p, end - p, kind, pc, each);
}

// Few actors use one, epoch after epoch, and nobody shares its state: it is the location's own from the start.
bool access_pseudo(const void* location, const entry& x, const clock& past, conflicts_found& races) noexcept {
  holding_states scope;
  states::area& area = scope.cache().area;
  const auto at = reinterpret_cast<std::uintptr_t>(location);
  std::uint32_t* word = shadow::word(at);
  const knowledge known{x.when, past, 0, nullptr};
  for (;; races.clear()) {
    std::uint32_t old = __atomic_load_n(word, __ATOMIC_ACQUIRE);  // [WORD]
    if (own_states::is(old)) {
      own_states::held own(word, old, area);
      if (own && (own.take_again(x, [&] { return x.site; }) || own.take_simply(x, 0, known, [&] { return x.site; }) || own.knows(x) || own.take(x, known, area, races))) break;
      continue;
    }
    const state_id fresh = old ? states::after(old, x, known, area, races) : own_states::make(x, area);
    if (fresh == old) break;
    if (!__atomic_compare_exchange_n(word, &old, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) continue;  // [WORD]
    shadow::note_touched(at);
    break;
  }
  return races.count != 0;
}

namespace {

bool forget_in_place(std::uint32_t* word, state_id id, byte_mask bytes, states::area& area) noexcept {
  own_states::held own(word, id, area);
  return own && own.forget(bytes);
}

void forget_bytes(std::uintptr_t at, byte_mask bytes) noexcept {
  std::uint32_t* word = word_of(at);
  if (!word) return;
  holding_states scope;
  states::area& area = scope.cache().area;
  while (const state_id old = __atomic_load_n(word, __ATOMIC_ACQUIRE)) {  // [WORD]
    state_id expected = old;
    if (own_states::is(old) ? forget_in_place(word, old, bytes, area)
                            : __atomic_compare_exchange_n(word, &expected, states::without(old, bytes, area), false, __ATOMIC_ACQ_REL,
                                                          __ATOMIC_RELAXED))
      return;
  }
}

}  // namespace

void forget(std::uintptr_t p, std::size_t n) noexcept {
  if (!n) return;
  forget_atomics(p, n);
  if (!states::started()) return;
  const std::uintptr_t end = p + n;
  const std::uintptr_t first = (p + 7) & ~std::uintptr_t{7}, last = end & ~std::uintptr_t{7};
  if (first > last) return forget_bytes(p, bytes_of(p, p + n));
  if (p < first) forget_bytes(p, bytes_between(p & 7, 8));
  shadow::forget(first, last);
  if (last < end) forget_bytes(last, bytes_between(0, end & 7));
}

}  // namespace gosan::race
