#include "race/access.hpp"

#include <atomic>

#include "race/actors.hpp"
#include "race/atomics.hpp"
#include "race/caches.hpp"
#include "race/collect.hpp"
#include "race/contexts.hpp"
#include "race/race_report.hpp"
#include "race/shadow.hpp"

namespace gosan::race {

namespace {

struct attempt {
  actor_state& who;
  thread_cache& cache;
  node_id context;
  std::uintptr_t pc;
  std::uint8_t kind;
  std::uint16_t size;
};

transition& place_of(const attempt& a, state_id from, byte_mask bytes) noexcept {
  const std::uint64_t h = (a.pc ^ std::uint64_t{from} << 20 ^ std::uint64_t{bytes} << 48 ^ a.context) *
                          0x9E3779B97F4A7C15ull;
  return a.cache.steps[h >> 56];
}

struct taken_step {
  state_id from, to;
};

// Takes one granule a step on. Conflicts are added to `races`.
taken_step step(std::uint32_t* word, byte_mask bytes, const attempt& a, conflicts_found& races) noexcept {
  const auto what = static_cast<std::uint16_t>(a.kind << 8 | bytes);
  // Acquire meets the release of the exchange below: a state is seen filled in. [WORD]
  std::uint32_t old = __atomic_load_n(word, __ATOMIC_ACQUIRE);
  for (;;) {
    transition& t = place_of(a, old, bytes);
    if (t.when != a.who.now || t.from != old || t.pc != a.pc || t.context != a.context ||
        t.bytes_and_kind != what || t.size != a.size) {
      conflicts_found found;
      const entry x{a.who.now, contexts::child(a.context, a.pc), bytes, a.kind, a.size};
      const state_id fresh = states::after(old, x, a.who.past, a.cache.area, found);
      if (found.bytes) {
        if (!__atomic_compare_exchange_n(word, &old, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) continue;
        races = found;
        return {old, fresh};
      }
      t = {a.who.now, a.pc, a.context, old, fresh, what, a.size};
    }
    const state_id to = t.to;
    if (to == old) return {old, to};
    if (__atomic_compare_exchange_n(word, &old, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return {old, to};  // [WORD]
  }
}

[[gnu::noinline]] void report(const attempt& a, std::uintptr_t granule, const conflicts_found& races) noexcept {
  for (unsigned i = 0; i < races.count; ++i)
    report_race({granule, races.each[i], {a.who.now, contexts::child(a.context, a.pc), 0, a.kind, a.size}, a.who.id});
}

constexpr byte_mask bytes_between(unsigned from, unsigned to) noexcept {
  return static_cast<byte_mask>((1u << to) - (1u << from));
}

// Two whole neighbouring granules that go from one state to another together; most of a range does.
bool step_pair(std::uint32_t* words, state_id from, state_id to) noexcept {
  auto* both = reinterpret_cast<std::uint64_t*>(words);
  std::uint64_t expected = std::uint64_t{from} << 32 | from;
  if (from == to) return __atomic_load_n(both, __ATOMIC_RELAXED) == expected;
  return __atomic_compare_exchange_n(both, &expected, std::uint64_t{to} << 32 | to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

// Takes on, pair by pair, what is in the same state as the granule before `at` was; its step is known to be no race.
std::uintptr_t access_alike(std::uintptr_t at, std::uintptr_t end, state_id from, state_id to) noexcept {
  const std::uintptr_t leaf_end = (at | ((std::uintptr_t{1} << leaf_bits) - 1)) + 1;
  if (end > leaf_end) end = leaf_end;
  if (at & 8 || at + 16 > end) return at;
  std::uint32_t* words = shadow::word(at);
  for (; at + 16 <= end; at += 16, words += 2) {
    if (!step_pair(words, from, to)) break;
    shadow::note_touched(at);
  }
  return at;
}

void access_granules(std::uintptr_t at, std::uintptr_t end, const attempt& a, holding_states& scope) noexcept {
  while (at < end) {
    const std::uintptr_t next = (at | 7) + 1, stop = next < end ? next : end;
    const byte_mask bytes = bytes_between(at & 7, static_cast<unsigned>((at & 7) + (stop - at)));
    conflicts_found races;
    const taken_step taken = step(shadow::word(at), bytes, a, races);
    shadow::note_touched(at);
    if (races.count) [[unlikely]] {
      scope.leave();
      report(a, at & ~std::uintptr_t{7}, races);
      scope.enter();
    }
    at = stop;
    if (bytes == 0xff && !races.count && end - at >= 16) at = access_alike(at, end, taken.from, taken.to);
  }
}

}  // namespace

std::uint32_t site_of(std::uintptr_t pc) noexcept {
  const thread_view& t = __gosan_thread;
  return contexts::child(contexts::current(t.bottom, t.top), pc);
}

void access(std::uintptr_t p, std::size_t n, std::uint8_t kind, std::uintptr_t pc) noexcept {
  thread_view& t = __gosan_thread;
  if (t.ignore || !n || !states::started()) return;
  actor_state& who = actors::running();
  {
    holding_states scope;
    const attempt a{who, scope.cache(), contexts::current(t.bottom, t.top), pc, kind,
                    packed_size(n, who.taken)};
    access_granules(p, p + n, a, scope);
  }
  collect::if_due();
}
bool access_pseudo(const void* location, const entry& x, const clock& past, conflicts_found& races) noexcept {
  holding_states scope;
  const auto at = reinterpret_cast<std::uintptr_t>(location);
  std::uint32_t* word = shadow::word(at);
  std::uint32_t old = __atomic_load_n(word, __ATOMIC_ACQUIRE);  // [WORD]
  for (;;) {
    conflicts_found found;
    const state_id fresh = states::after(old, x, past, scope.cache().area, found);
    if (fresh != old && !__atomic_compare_exchange_n(word, &old, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) continue;
    shadow::note_touched(at);
    races = found;
    return found.count != 0;
  }
}

namespace {

void forget_bytes(std::uintptr_t at, byte_mask bytes) noexcept {
  std::uint32_t* word = word_of(at);
  if (!word) return;
  holding_states scope;
  std::uint32_t old = __atomic_load_n(word, __ATOMIC_ACQUIRE);
  while (old && !__atomic_compare_exchange_n(word, &old, states::without(old, bytes, scope.cache().area), false,
                                             __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
  }
}

}  // namespace

void forget(std::uintptr_t p, std::size_t n) noexcept {
  if (!n) return;
  forget_atomics(p, n);
  if (!states::started()) return;
  const std::uintptr_t end = p + n;
  const std::uintptr_t first = (p + 7) & ~std::uintptr_t{7}, last = end & ~std::uintptr_t{7};
  if (first > last) return forget_bytes(p, bytes_between(p & 7, static_cast<unsigned>((p & 7) + n)));
  if (p < first) forget_bytes(p, bytes_between(p & 7, 8));
  shadow::forget(first, last);
  if (last < end) forget_bytes(last, bytes_between(0, end & 7));
}

}  // namespace gosan::race
