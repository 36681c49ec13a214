#include "race/states.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <iterator>
#include <span>

#include "race/entry_list.hpp"
#include "race/state_memory.hpp"
#include "race/state_parts.hpp"

namespace gosan::race::states {
namespace {

// A chunk has the layout of a state, with its length and a flag in place of an owner.
constexpr epoch chunk_flag = epoch{1} << 63;
std::uint32_t length_of(const state& c) noexcept { return static_cast<std::uint32_t>(c.owner); }
bool is_chunk(const state& s) noexcept { return s.owner != no_epoch && s.owner & chunk_flag; }
// Of a shared state or a chunk.
std::span<const stored_entry> entries_of(const state& s) noexcept { return {s.entries, is_chunk(s) ? length_of(s) : s.count}; }

// cover of a chunk: which kinds it has (low 8 bits, bit = kind), and of which bytes (high 8).
constexpr unsigned kinds = 4;
unsigned without_flavour(std::uint8_t kind) noexcept { return kind & (write_bit | atomic_bit); }
std::uint16_t kind_bit(std::uint8_t kind) noexcept { return static_cast<std::uint16_t>(1u << without_flavour(kind)); }

bool may_conflict(const state& chunk, const entry& x) noexcept {
  if (!(chunk.cover >> 8 & x.bytes)) return false;
  for (std::uint8_t k = 0; k < kinds; ++k)
    if (chunk.cover & kind_bit(k) && conflict(k, x.kind)) return true;
  return false;
}

bool earlier(const stored_entry& a, const stored_entry& b) noexcept { return a.when() < b.when(); }

bool known(const state& s, const entry& x) noexcept {
  byte_mask m = known_bytes(s.entries, s.entries + s.count, x);
  for (state_id id = s.more; id && (m & x.bytes) != x.bytes; id = state_at(id).more) {
    const state& c = state_at(id);
    const auto range = std::equal_range(c.entries, c.entries + length_of(c), stored(x), earlier);
    m |= known_bytes(range.first, range.second, x);
  }
  return (m & x.bytes) == x.bytes;
}

void keep_left(const stored_entry* first, const stored_entry* last, const entry& x, const knowledge& past, entry_list& into,
               conflicts_found& races) noexcept {
  for (; first != last; ++first) {
    entry e = first->get();
    e.bytes = left_of(e, x, past, races);
    if (e.bytes) into.add(stored(e));
  }
}

void append(entry_list& list, const entry& x) noexcept {
  stored_entry* e = same_access(list.begin(), list.end(), x);
  if (e == list.end()) list.add(stored(x));
  else e->bytes |= x.bytes;
}

// Of one actor the latest says as much as those before it, of the kinds and bytes that it replaces. REQUIRES: sorted.
void leave_latest(entry_list& list) noexcept {
  stored_entry* kept = list.end();
  byte_mask covered[kinds] = {};
  for (stored_entry* e = list.end(); e != list.begin();) {
    --e;
    if (kept == list.end() || number_of(kept->when()) != number_of(e->when())) std::fill(covered, covered + kinds, byte_mask{0});
    for (std::uint8_t k = 0; k < kinds; ++k)
      if (replaces(k, e->kind)) e->bytes &= static_cast<byte_mask>(~covered[k]);
    if (!e->bytes) continue;
    covered[without_flavour(e->kind)] |= e->bytes;
    *--kept = *e;
  }
  list.cut(std::copy(kept, list.end(), list.begin()));
}

// REQUIRES: sorted.
state_id make_chunk(entry_list& list, state_id more, area& mine) noexcept {
  leave_latest(list);
  state_id id;
  state* c = memory::allocate(list.size(), mine, id);
  c->owner = chunk_flag | list.size();
  c->cover = 0;
  c->count = c->own = 0;
  c->more = more;
  for (const stored_entry& e : list) c->cover |= static_cast<std::uint16_t>(kind_bit(e.kind) | e.bytes << 8);
  std::copy(list.begin(), list.end(), c->entries);
  return id;
}

// Kinds of which there are few, beside many reads the write that they all come after: in a chunk with them it would have to be looked at by
// each further read, and the whole chunk with it.
constexpr unsigned most_apart = 3;
void set_apart(entry_list& all, entry_list& few) noexcept {
  unsigned of_kind[kinds] = {};
  for (const stored_entry& e : all) ++of_kind[without_flavour(e.kind)];
  const auto most = static_cast<unsigned>(std::max_element(of_kind, of_kind + kinds) - of_kind);
  if (all.size() - of_kind[most] > most_apart) return;
  stored_entry* end = all.begin();
  for (const stored_entry& e : all)
    if (without_flavour(e.kind) == most) *end++ = e;
    else few.add(e);
  all.cut(end);
}

// Takes up the chunks that are not twice as long as what comes before them. Entries that x replaces go.
state_id push_chunk(entry_list& list, entry_list& apart, state_id more, const entry& x, const knowledge& past, area& mine) noexcept {
  conflicts_found none;  // an entry that may conflict with x was dealt with before
  std::sort(list.begin(), list.end(), earlier);
  while (more && length_of(state_at(more)) < 2 * list.size()) {
    const state& c = state_at(more);
    entry_list left;
    keep_left(c.entries, c.entries + length_of(c), x, past, left, none);
    list.merge(left, earlier);
    more = c.more;
  }
  set_apart(list, apart);
  return list.size() ? make_chunk(list, more, mine) : more;
}

state_id make_state(const entry_list& list, state_id more, epoch owner, area& mine) noexcept {
  state_id id;
  state* s = memory::allocate(list.size(), mine, id);
  disown(s);
  s->more = more;
  s->own = 0;
  std::copy(list.begin(), list.end(), s->entries);
  fill_head(s, list.size(), cover_of(list.begin(), list.size(), owner), owner);
  return id;
}

// The state of what x has left, in `list` and in chunks, and x.
state_id add(entry_list& list, state_id more, const entry& x, const knowledge& past, area& mine) noexcept {
  if (list.size() >= inline_entries) {
    entry_list apart;
    more = push_chunk(list, apart, more, x, past, mine);
    append(apart, x);
    return make_state(apart, more, x.when, mine);
  }
  append(list, x);
  return make_state(list, more, x.when, mine);
}

// For a state with no chunks and room for one more entry: put together where it will lie.
state_id after_few(const state& s, const entry& x, const knowledge& past, area& mine, conflicts_found& races) noexcept {
  state_id id;
  state* fresh = memory::allocate(s.count + 1u, mine, id);
  disown(fresh);
  fresh->more = fresh->own = 0;
  merged m(s.entries, s.entries + s.count, x, past, fresh->entries, races);
  m.finish(fresh, x);
  memory::give_back(s.count + 1u - fresh->count, mine);
  return id;
}

// Decided by a single entry that shares bytes with x.
outcome outcome_over(const stored_entry& e, const entry& x, const knowledge& past) noexcept {
  if (e.when() == x.when && replaces(e.kind, x.kind) && (e.bytes & x.bytes) == x.bytes) return outcome::same;
  if (e.bytes & ~x.bytes || !replaces(x.kind, e.kind) || !past.knows(e.when())) return outcome::other;
  return outcome::only_x;
}

bool says_the_same(const state& a, const state& b) noexcept {
  return a.owner == b.owner && a.cover == b.cover && a.count == b.count && !a.more && !(a.own & own_room) &&
         !std::memcmp(a.entries, b.entries, a.count * sizeof(stored_entry));
}

std::size_t place_of(const state& s) noexcept {
  std::uint64_t h = s.cover;
  for (const stored_entry& e : std::span(s.entries, s.count))
    for (const std::uint64_t half : std::bit_cast<std::array<std::uint64_t, 2>>(e)) h = (std::rotl(h, 23) ^ half) * 0x9E3779B97F4A7C15ull;
  return (h >> 40) % recent::places;
}

}  // namespace

state_id one_for_all(state_id fresh, recent& seen, area& mine) noexcept {
  const state& s = state_at(fresh);
  if (s.more) return fresh;
  state_id& same = seen.made[place_of(s)];
  if (!same || !says_the_same(state_at(same), s)) return same = fresh;
  memory::give_back(1u + s.count, mine);
  given_again(same);
  return same;
}

outcome outcome_of(state_id old, const entry& x, const knowledge& past) noexcept {
  const state& s = state_at(old);
  if (s.more || s.count > 2) return outcome::other;
  outcome o = outcome::only_x;
  for (unsigned i = 0; i < s.count && o == outcome::only_x; ++i) o = outcome_over(s.entries[i], x, past);
  return o;
}

state_id only(const entry& x, area& mine) noexcept {
  state_id id;
  state* s = memory::allocate(1, mine, id);
  disown(s);
  s->more = s->own = 0;
  s->entries[0] = stored(x);
  fill_head(s, 1, cover_by(s->entries[0]), x.when);
  return id;
}

state_id after(state_id old, const entry& x, const knowledge& past, area& mine, conflicts_found& races) noexcept {
  const state& s = state_at(old);
  if (known(s, x)) return old;
  if (!s.more && s.count < inline_entries) return after_few(s, x, past, mine, races);
  entry_list list;
  keep_left(s.entries, s.entries + s.count, x, past, list, races);
  // Chunks are kept whole up to the last that may conflict; what is left of those goes with the rest.
  state_id more = s.more, last = 0;
  for (state_id id = s.more; id; id = state_at(id).more)
    if (may_conflict(state_at(id), x)) last = id;
  while (last) {
    const state& c = state_at(more);
    keep_left(c.entries, c.entries + length_of(c), x, past, list, races);
    if (more == last) last = 0;
    more = c.more;
  }
  return add(list, more, x, past, mine);
}

unsigned gather(state_id id, stored_entry* into, unsigned most) noexcept {
  unsigned n = 0;
  for (; id; id = state_at(id).more) {
    const auto more = entries_of(state_at(id));
    if (more.size() > most - n) return most + 1;
    std::copy(more.begin(), more.end(), into + n);
    n += static_cast<unsigned>(more.size());
  }
  return n;
}

state_id shared_of(const stored_entry* first, const stored_entry* last, const entry& x, const knowledge& past, area& mine) noexcept {
  entry_list list;
  std::for_each(first, last, [&list](const stored_entry& e) { list.add(e); });
  return add(list, 0, x, past, mine);
}

state_id without(state_id old, byte_mask bytes, area& mine) noexcept {
  entry_list list;
  for (state_id id = old; id; id = state_at(id).more)
    for (stored_entry e : entries_of(state_at(id))) {
      e.bytes &= static_cast<byte_mask>(~bytes);
      if (e.bytes) list.add(e);
    }
  if (!list.size()) return 0;
  const epoch owner = state_at(old).owner;
  if (list.size() <= inline_entries) return make_state(list, 0, owner, mine);
  std::sort(list.begin(), list.end(), earlier);
  const state_id chunk = make_chunk(list, 0, mine);
  list.clear();
  return make_state(list, chunk, owner, mine);
}

std::uint32_t units_of(state_id id) noexcept {
  const state& s = state_at(id);
  if (const unsigned room = __atomic_load_n(&s.own, __ATOMIC_RELAXED) & own_room) return 1 + room;
  return 1 + static_cast<std::uint32_t>(entries_of(s).size());
}

}  // namespace gosan::race::states
