#include "race/own_states.hpp"

#include <sched.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "race/state_memory.hpp"
#include "race/state_parts.hpp"

namespace gosan::race::own_states {
namespace {

// So that with its head a state fills half a cache line, one, two, or four. What is read byte by byte has an entry for each.
constexpr unsigned rooms[] = {1, 3, 7, 15};
constexpr unsigned most_room = 15;
static_assert(most_room == own_room);

unsigned room_for(unsigned entries) noexcept {
  return *std::find_if(std::begin(rooms), std::end(rooms), [entries](unsigned room) { return room >= entries; });
}

state* at(state_id id) noexcept { return const_cast<state*>(&state_at(id)); }

state* allocate(unsigned entries, states::area& mine, state_id& id) noexcept {
  const unsigned room = room_for(entries);
  state* s = states::memory::allocate_aligned(room, mine, id);
  states::disown(s);
  s->more = 0;
  s->own = static_cast<std::uint8_t>(room);
  return s;
}

// What is read may be half changed: the caller finds out.
byte_mask known_by(const stored_entry& e, const entry& x, epoch later) noexcept {
  if (~__atomic_load_n(&e.inverted_when, __ATOMIC_RELAXED) - x.when > later) return 0;
  return replaces(__atomic_load_n(&e.kind, __ATOMIC_RELAXED), x.kind) ? __atomic_load_n(&e.bytes, __ATOMIC_RELAXED) : byte_mask{0};
}

constexpr unsigned spins = 100, patience = 20000;  // then yields, the time of a blink or two

// A holder that does not come back loses the location.
[[gnu::cold, gnu::noinline]] void take_away(std::uint32_t* word, state_id id, states::area& mine) noexcept {
  const state* s = at(id);
  const unsigned count = std::min<unsigned>(s->count, most_room);
  state_id fresh;
  state* copy = allocate(std::max(count, 1u), mine, fresh);
  std::copy(s->entries, s->entries + count, copy->entries);
  states::fill_head(copy, count, 0, no_epoch);
  __atomic_compare_exchange_n(word, &id, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);  // [WORD]
}

}  // namespace

state_id make(const entry& x, states::area& mine) noexcept {
  state_id id;
  state* s = allocate(1, mine, id);
  s->entries[0] = stored(x);
  states::fill_head(s, 1, states::cover_by(s->entries[0]), x.when);
  return id;
}

state_id make_after(state_id old, const entry& x, const knowledge& past, states::area& mine, conflicts_found& races) noexcept {
  stored_entry gathered[most_room], kept[most_room];
  const bool in_parts = !is(old) && state_at(old).more;
  const unsigned count = in_parts ? states::gather(old, gathered, most_room - 1) : state_at(old).count;
  if (count >= most_room) return 0;
  const stored_entry *first = in_parts ? gathered : state_at(old).entries, *last = first + count;
  if (states::all_known(first, last, x)) return old;
  states::merged m(first, last, x, past, kept, races);
  state_id id;
  state* s = allocate(static_cast<unsigned>(m.end - kept) + !m.same, mine, id);
  m.move_to(s->entries, kept);
  m.finish(s, x);
  return id;
}

bool knows(state_id id, const entry& x, epoch later) noexcept {
  const state& s = state_at(id);
  const std::uint32_t changes = __atomic_load_n(&s.more, __ATOMIC_ACQUIRE);  // [ENTRIES]
  if (__atomic_load_n(&s.own, __ATOMIC_ACQUIRE) & held_bit) return false;    // [OWN]
  const unsigned count = std::min<unsigned>(__atomic_load_n(&s.count, __ATOMIC_RELAXED), most_room);
  byte_mask m = 0;
#pragma nounroll
  for (unsigned i = 0; i < count; ++i) m |= known_by(s.entries[i], x, later);
  std::atomic_thread_fence(std::memory_order_acquire);
  return (m & x.bytes) == x.bytes && __atomic_load_n(&s.more, __ATOMIC_RELAXED) == changes;
}

void held::wait(states::area& mine) noexcept {
  for (unsigned turn = 0; in_place() && !try_hold(); ++turn) {
    if (turn >= spins) sched_yield();
    if (turn == patience) take_away(word_, id_, mine);
  }
}

bool held::replace_by(state_id fresh) noexcept {
  state_id expected = id_;
  return __atomic_compare_exchange_n(word_, &expected, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);  // [WORD]
}

bool held::take(const entry& x, const knowledge& past, states::area& mine, conflicts_found& races) noexcept {
  state* s = state_;
  change_begins(s);
  states::merged m(s->entries, s->entries + s->count, x, past, s->entries, races);
  const auto left = static_cast<unsigned>(m.end - s->entries);
  if (left < (s->own & own_room) || m.same) {
    m.finish(s, x);
    return in_place();
  }
  s->count = static_cast<std::uint8_t>(left);
  return replace_by(left == most_room ? states::shared_of(s->entries, m.end, x, past, mine) : make_after(id_, x, past, mine, races));
}

bool held::forget(byte_mask bytes) noexcept {
  state* s = state_;
  const epoch owner = s->owner;
  change_begins(s);
  stored_entry* end = s->entries;
  for (stored_entry e : std::span(s->entries, s->count)) {
    e.bytes &= static_cast<byte_mask>(~bytes);
    *end = e;
    end += e.bytes != 0;
  }
  const auto count = static_cast<unsigned>(end - s->entries);
  states::fill_head(s, count, states::cover_of(s->entries, count, owner), owner);
  return s->count ? in_place() : replace_by(0);
}

}  // namespace gosan::race::own_states
