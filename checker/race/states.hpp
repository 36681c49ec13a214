// The states of locations: which accesses a later one may still conflict with. Exact: nothing is evicted.
//
// A state is a list of entries. An access X takes out, byte by byte, every entry it replaces, and is added:
//   * an entry that is ordered before X and conflicts with nothing that X does not conflict with is replaced: whoever will
//     race with it will race with X too;
//   * an entry that conflicts with X and is not ordered before it is a race; it is replaced as well, having been reported;
//   * every other entry stays.
// The naive twin keeps all accesses for ever; tests/race fuzzes the two against each other.
//
// Where many actors access one location unordered (a table all goroutines read), older entries move into chunks: sorted by
// epoch, shared between states, each at least twice as long as the one before it. So an entry is copied a logarithmic number of
// times, not once for each later access; accesses that can conflict with none of a chunk's entries leave it alone.
#pragma once

#include <atomic>

#include "live/internal_alloc.hpp"
#include "race/knowledge.hpp"
#include "race/shadow_layout.hpp"

namespace gosan::race {

enum access_kind : std::uint8_t {
  plain_read = 0,
  plain_write = 1,
  atomic_read = 2,
  atomic_write = 3,
  // Flavours of a plain write, for the report's words.
  freed = 4 | plain_write,
};
inline constexpr std::uint8_t write_bit = 1, atomic_bit = 2;

constexpr bool is_write(std::uint8_t k) noexcept { return k & write_bit; }
constexpr bool is_atomic(std::uint8_t k) noexcept { return k & atomic_bit; }
constexpr bool conflict(std::uint8_t a, std::uint8_t b) noexcept {
  return ((a | b) & write_bit) && !(a & b & atomic_bit);
}
// Whether everything that conflicts with `old` conflicts with `fresh`.
constexpr bool replaces(std::uint8_t fresh, std::uint8_t old) noexcept {
  if (!is_atomic(fresh)) return is_write(fresh) || !is_write(old);
  return is_atomic(old) && (is_write(fresh) || !is_write(old));
}

// A race found while a state was made: the earlier access, and the bytes it shares with the later one.
struct conflict_found {
  entry earlier;
  byte_mask bytes;
};

// The races of one access in one granule: for each byte the first that was found.
struct conflicts_found {
  conflict_found each[8];  // the first `count`
  unsigned count = 0;
  byte_mask bytes = 0;

  void clear() noexcept { count = 0, bytes = 0; }
  void add(const entry& earlier, byte_mask common) noexcept {
    common = static_cast<byte_mask>(common & ~bytes);
    if (!common) return;
    each[count++] = {earlier, common};
    bytes |= common;
  }
};

namespace states {
// The states of the process are made by threads; each takes its memory from an area of its own.
struct area {
  std::uint32_t next = 0, end = 0;  // in units
};

void start() noexcept;
namespace detail {
extern std::atomic<bool> ready;  // set once by start()
}
inline bool started() noexcept { return detail::ready.load(std::memory_order_acquire); }  // [READY]
// Until nothing_known(), the state of locations never accessed looks like one that the actor of epoch `now` made: none of its accesses
// is new.
void assume_known(epoch now) noexcept;
void nothing_known() noexcept;
// The state after access x by the actor that has this knowledge. Returns `old` when nothing changes. Conflicts found are
// added to `races`. The result is not yet visible to anybody.
state_id after(state_id old, const entry& x, const knowledge& past, area& mine, conflicts_found& races) noexcept;
// States that a thread made lately, by what they say. A location's way to its state does not matter: those that come to say the same get one
// state, so that there are few and a step is remembered for all of them. 0: none. Void with the generation, like all that threads remember.
struct recent {
  static constexpr unsigned places = 512;
  state_id made[places];
};
// The state of `seen` that says what `fresh` does, which was made last in the area and goes; otherwise `fresh`, remembered.
state_id one_for_all(state_id fresh, recent& seen, area& mine) noexcept;
// What after() gives most often, told without making a state: nothing changes, only x is left, or anything else. The site and
// size of x do not matter.
enum class outcome : std::uint8_t { same, only_x, other };
outcome outcome_of(state_id old, const entry& x, const knowledge& past) noexcept;
// A shared state that is given to a second location, or a third; and whether it ever was.
inline bool given_to_many(state_id id) noexcept { return __atomic_load_n(&state_at(id).own, __ATOMIC_RELAXED) & given_to_many_bit; }
inline void given_again(state_id id) noexcept {
  auto* s = const_cast<state*>(&state_at(id));
  if (!given_to_many(id)) __atomic_store_n(&s->own, given_to_many_bit, __ATOMIC_RELAXED);
}
// The state that holds x alone.
state_id only(const entry& x, area& mine) noexcept;
// The state without what it knows of `bytes`.
state_id without(state_id old, byte_mask bytes, area& mine) noexcept;

// Memory of states that no location is in any more is found by collect.cpp and used again.
// Units taken from the system so far; and those handed to threads since the last collection ended.
std::uint32_t units_used() noexcept;
std::uint64_t units_since_collection() noexcept;
struct hole {
  std::uint32_t first, end;
  std::uint32_t units() const noexcept { return end - first; }
};
inline bool shorter(const hole& a, const hole& b) noexcept { return a.units() < b.units(); }
// Half of what is free goes on being handed out while a pass looks for more, so that a pass needs no fresh memory: the longest holes, here by
// address. The pass finds nothing out about them; of the others, neighbours become one. Nothing else below units_used() is handed out again
// until recycle().
void set_aside(live::ivector<hole>& into) noexcept;
// Calls visit(id) for the state and every chunk it refers to; visit returns false to stop.
template <typename F>
void for_each_part(state_id id, F visit) noexcept {
  while (id && visit(id)) id = __atomic_load_n(&state_at(id).own, __ATOMIC_RELAXED) & own_room ? 0 : state_at(id).more;
}
std::uint32_t units_of(state_id id) noexcept;
// `holes`, the shortest first, are free from now on, beside what is left of those set aside. `give_back`: until they are used again, their
// memory is the system's.
void recycle(const live::ivector<hole>& holes, bool give_back) noexcept;
std::uint64_t bytes_used() noexcept;
}  // namespace states

}  // namespace gosan::race
