// The state of one location alone, changed where it lies. For locations that every epoch takes another way than their neighbours (a
// queue's fields under its lock, a tree's nodes that several threads read): a new shared state for each access would cost memory that no
// processor has in its cache.
//
//   state::own        set by                      means
//   0                 whoever made it             shared: immutable, in one location and in what threads remember
//   given_to_many     given_again()               shared: the same, in any number of locations
//   room              make(), ~held               own: one word refers to it, and nothing else does
//   room | held_bit   held, by compare-and-swap   the holder may change it and put another in its place; nobody else does either
//
// Whoever finds it held waits, in the open: a holder is done in some dozen instructions. One that is not for long (its thread was left
// behind by a fork, or this is a signal's handler above it) loses the location: it is given a copy, and the holder, should it come back,
// starts again. Forgetting a location asks no holder; it too is found by looking at the word again.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

#include "race/state_parts.hpp"

namespace gosan::race::own_states {

inline bool is(state_id id) noexcept { return __atomic_load_n(&state_at(id).own, __ATOMIC_RELAXED) & own_room; }

// Whether the actor of x has accessed these bytes at least as strongly in that epoch, or in one of the `later` that follow and are as good, in
// a state of either sort, as far as it tells without being held: those who read a location side by side leave its cache line where it is.
// REQUIRES: holding_states.
bool knows(state_id id, const entry& x, epoch later = 0) noexcept;

// Who reads the entries without holding the state finds that they changed meanwhile: the number is another then, or the state is held.
// [ENTRIES]
inline void change_begins(state* s) noexcept {
  __atomic_store_n(&s->more, s->more + 1, __ATOMIC_RELEASE);
  states::disown(s);
}

// The state that holds x alone.
state_id make(const entry& x, states::area& mine) noexcept;
// The state after access x, of a shared one. `old` when nothing changes, 0 when only a shared one has the room.
state_id make_after(state_id old, const entry& x, const knowledge& past, states::area& mine, conflicts_found& races) noexcept;

class simple_step;

// Scope in which the calling thread holds the state of a location. REQUIRES: holding_states.
class held {
 public:
  // Empty when the location is in another state by now.
  held(std::uint32_t* word, state_id id, states::area& mine) noexcept : word_(word), id_(id) {
    if (!try_hold()) wait(mine);
  }
  // Empty also when another holds it.
  [[gnu::always_inline]] held(std::uint32_t* word, state_id id) noexcept : word_(word), id_(id) { try_hold(); }
  [[gnu::always_inline]] ~held() {
    if (state_) __atomic_store_n(&state_->own, static_cast<std::uint8_t>(state_->own & own_room), __ATOMIC_RELEASE);  // [OWN]
  }
  held(const held&) = delete;
  held& operator=(const held&) = delete;
  explicit operator bool() const noexcept { return state_ != nullptr; }

  bool knows(const entry& x) const noexcept {
    return states::all_known(state_->entries, state_->entries + state_->count, x);
  }
  // Access x. False: the location has been forgotten meanwhile, start again.
  bool take(const entry& x, const knowledge& past, states::area& mine, conflicts_found& races) noexcept;
  // The same where that is no race, takes entries out whole and needs no more room, as most accesses of new epochs do; `later` as for
  // knows(), site() gives the site of x. False: start again; nothing was done, or the location has been forgotten meanwhile.
  template <typename Site>
  bool take_simply(entry x, epoch later, const knowledge& past, Site site) noexcept;
  // The same for who was the last to access the location, and does the same again in a later epoch: nobody has come since, and of those who were
  // there it knows at least what it knew. Nobody else is asked for.
  template <typename Site>
  bool take_again(entry x, Site site) noexcept;
  // What is known of these bytes goes; false as above.
  bool forget(byte_mask bytes) noexcept;

 private:
  [[gnu::always_inline]] bool in_place() const noexcept { return __atomic_load_n(word_, __ATOMIC_ACQUIRE) == id_; }  // [WORD]
  // False: another holds it, or the location is in another state. Acquire meets the release of the holder before. [OWN]
  [[gnu::always_inline]] bool try_hold() noexcept {
    state* s = const_cast<state*>(&state_at(id_));
    std::uint8_t seen = __atomic_load_n(&s->own, __ATOMIC_RELAXED) & own_room;
    if (!__atomic_compare_exchange_n(&s->own, &seen, static_cast<std::uint8_t>(seen | held_bit), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      return false;
    state_ = s;
    if (in_place()) [[likely]] return true;
    __atomic_store_n(&s->own, seen, __ATOMIC_RELEASE);
    state_ = nullptr;
    return false;
  }
  bool take_over(const stored_entry& e, epoch when) noexcept;
  void put_together(const simple_step& step, const entry& x) noexcept;
  void wait(states::area& mine) noexcept;
  bool replace_by(state_id fresh) noexcept;

  std::uint32_t* word_;
  state_id id_;
  state* state_ = nullptr;
};

// ---- inline bodies ----

// An entry's second word, but for its site: what was accessed and how.
constexpr std::uint64_t how_of(byte_mask bytes, std::uint8_t kind, std::uint16_t size) noexcept {
  return std::uint64_t{bytes} << 32 | std::uint64_t{kind} << 40 | std::uint64_t{size} << 48;
}
constexpr byte_mask bytes_in(std::uint64_t how) noexcept { return static_cast<byte_mask>(how >> 32); }
constexpr std::uint8_t kind_in(std::uint64_t how) noexcept { return static_cast<std::uint8_t>(how >> 40); }
constexpr std::uint16_t size_in(std::uint64_t how) noexcept { return static_cast<std::uint16_t>(how >> 48); }
constexpr bool same_bytes_and_kind(std::uint64_t a, std::uint64_t b) noexcept { return !static_cast<std::uint16_t>((a ^ b) >> 32); }
static_assert(sizeof(stored_entry) == 16 && offsetof(stored_entry, site) == 8 && offsetof(stored_entry, bytes) == 12 &&
              offsetof(stored_entry, kind) == 13 && offsetof(stored_entry, size) == 14 && std::endian::native == std::endian::little);
using entry_word [[gnu::may_alias]] = std::uint64_t;

// A state as it lies in a location, looked at before it is held; nobody waits for anybody. What is read may be half changed: that shows when it is held.
class glance {
 public:
  [[gnu::always_inline]] explicit glance(std::uint32_t* word) noexcept : word_(word), id_(__atomic_load_n(word, __ATOMIC_ACQUIRE)) {  // [WORD]
    s_ = const_cast<state*>(&state_at(id_));
    asm("" : "+r"(s_));  // one register, not a sum of two each time
    // In this order: who holds the state later than this look, raises the number after it was read here.
    changes_ = __atomic_load_n(&s_->more, __ATOMIC_ACQUIRE);  // [ENTRIES]
    own_ = __atomic_load_n(&s_->own, __ATOMIC_ACQUIRE);       // [OWN]
    latest = __atomic_load_n(&s_->owner, __ATOMIC_RELAXED);
  }
  [[gnu::always_inline]] bool is_own_and_free() const noexcept { return own_ & own_room && !(own_ & held_bit); }
  // The first entry that is_it(when, how), or null.
  template <typename F>
  [[gnu::always_inline]] entry_word* find(F is_it) const noexcept {
    auto* e = reinterpret_cast<entry_word*>(s_->entries);
    unsigned left = std::min<unsigned>(__atomic_load_n(&s_->count, __ATOMIC_RELAXED), own_ & own_room);
#pragma nounroll
    for (; left && !is_it(~__atomic_load_n(e, __ATOMIC_RELAXED), __atomic_load_n(e + 1, __ATOMIC_RELAXED)); --left) e += 2;
    return left ? e : nullptr;
  }
  // Holds it for change(), when nothing has changed since. False: nothing was done, or the location has been forgotten meanwhile.
  template <typename F>
  [[gnu::always_inline]] bool held_for(F change) const noexcept {
    std::uint8_t free = own_;
    if (!__atomic_compare_exchange_n(&s_->own, &free, static_cast<std::uint8_t>(own_ | held_bit), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return false;
    bool done = __atomic_load_n(&s_->more, __ATOMIC_RELAXED) == changes_ && in_place();
    if (done) {
      change();
      done = in_place();
    }
    __atomic_store_n(&s_->own, own_, __ATOMIC_RELEASE);  // [OWN]
    return done;
  }
  // What was read was so at one time.
  [[gnu::always_inline]] bool unchanged() const noexcept {
    std::atomic_thread_fence(std::memory_order_acquire);
    return __atomic_load_n(&s_->more, __ATOMIC_RELAXED) == changes_;  // [ENTRIES]
  }
  [[gnu::always_inline]] void set_head(std::uint16_t cover, epoch owner) const noexcept {
    states::disown(s_);
    states::change_head(s_, cover, owner);
  }
  [[gnu::always_inline]] void set_entry(entry_word* e, std::uint64_t how, epoch when) const noexcept {
    __atomic_store_n(&s_->more, changes_ + 1, __ATOMIC_RELEASE);  // as change_begins()
    states::disown(s_);
    __atomic_store_n(e, ~when, __ATOMIC_RELAXED);
    __atomic_store_n(e + 1, how, __ATOMIC_RELAXED);
    states::change_head(s_, states::cover_by(bytes_in(how), kind_in(how)), when);
  }

 private:
  [[gnu::always_inline]] bool in_place() const noexcept { return __atomic_load_n(word_, __ATOMIC_ACQUIRE) == id_; }  // [WORD]

  std::uint32_t* word_;
  state_id id_;
  state* s_;
  std::uint32_t changes_;
  std::uint8_t own_;

 public:
  epoch latest;  // the owner
};

// held::take_again() for the usual case. `site` gives 0 when it does not know. False: nothing was done, or the location has been forgotten meanwhile.
template <typename Site>
[[gnu::always_inline]] inline bool take_again_at_once(std::uint32_t* word, epoch now, std::uint64_t how, Site site) noexcept {
  const glance at(word);
  if (!at.is_own_and_free() || number_of(at.latest) != number_of(now) || at.latest >= now) return false;
  // Of the same kind and bytes, by the actor, from its latest epoch there.
  entry_word* const e = at.find([&](epoch when, std::uint64_t what) __attribute__((always_inline)) {
    return same_bytes_and_kind(what, how) && when - at.latest < now - at.latest;
  });
  const std::uint32_t place = e ? site() : 0;
  return place && at.held_for([&]() __attribute__((always_inline)) { at.set_entry(e, how | place, now); });
}

// held::take_over() of what the actor did itself in one of the epochs `later` than now.
[[gnu::always_inline]] inline bool take_over_at_once(std::uint32_t* word, epoch now, std::uint64_t how, epoch later) noexcept {
  const glance at(word);
  if (!at.is_own_and_free() || number_of(at.latest) != number_of(now)) return false;
  const entry_word* const e = at.find([&](epoch when, std::uint64_t what) __attribute__((always_inline)) {
    return when - now <= later && replaces(kind_in(what), kind_in(how)) && !(bytes_in(how) & ~bytes_in(what));
  });
  if (!e || at.latest == now) return e && at.unchanged();
  const std::uint64_t what = __atomic_load_n(e + 1, __ATOMIC_RELAXED);
  return at.held_for([&]() __attribute__((always_inline)) { at.set_head(states::cover_by(bytes_in(what), kind_in(what)), now); });
}

// Whether e, an entry of the actor of x, is of that epoch or one of those `later` and says as much as x would.
[[gnu::always_inline]] inline bool covers(const stored_entry& e, const entry& x, epoch later) noexcept {
  return e.when() - x.when <= later && replaces(e.kind, x.kind) && !(x.bytes & ~e.bytes);
}

// Kinds of earlier accesses, a bit each.
constexpr unsigned kind_bit(std::uint8_t kind) noexcept { return 1u << (kind & (write_bit | atomic_bit)); }
template <typename Holds>
constexpr unsigned kinds_that(Holds holds) noexcept {
  unsigned all = 0;
  for (std::uint8_t k = 0; k < 4; ++k) all |= holds(k) ? kind_bit(k) : 0;
  return all;
}
struct effect {
  unsigned replaces, conflicts;  // with which kinds
};
constexpr effect effect_of(std::uint8_t kind) noexcept {
  return {kinds_that([&](std::uint8_t old) { return replaces(kind, old); }), kinds_that([&](std::uint8_t old) { return conflict(kind, old); })};
}
inline constexpr effect effects[] = {effect_of(0), effect_of(1), effect_of(2), effect_of(3)};

// What x does to the entries as wholes: as left_of() tells.
class simple_step {
 public:
  explicit simple_step(const entry& x) noexcept : of_(effects[x.kind & (write_bit | atomic_bit)]) {}

  // False: e is in a race with x, or a part of it goes.
  [[gnu::always_inline]] bool look_at(const stored_entry& e, unsigned place, const entry& x, const knowledge& past) noexcept {
    const unsigned kind = kind_bit(e.kind);
    if (e.bytes & x.bytes && (of_.replaces | of_.conflicts) & kind) {
      if (!past.knows(e.when())) return !(of_.conflicts & kind);
      if (of_.replaces & kind) return goes(e, place, x);
    }
    of_this_epoch_ |= e.when() == x.when;
    return true;
  }
  bool takes_any_out() const noexcept { return gone_ != 0; }
  // x takes the place of one, and no other says more of its epoch.
  bool takes_one_place() const noexcept { return gone_ && !(gone_ & (gone_ - 1)) && !of_this_epoch_; }
  unsigned place() const noexcept { return static_cast<unsigned>(__builtin_ctz(gone_)); }
  bool leaves(unsigned place) const noexcept { return !(gone_ >> place & 1); }

 private:
  bool goes(const stored_entry& e, unsigned place, const entry& x) noexcept {
    gone_ |= 1u << place;
    return !(e.bytes & ~x.bytes);
  }

  effect of_;
  unsigned gone_ = 0;  // a bit for each place
  bool of_this_epoch_ = false;  // one that stays is
};

template <typename Site>
[[gnu::always_inline]] inline bool held::take_again(entry x, Site site) noexcept {
  state* const s = state_;
  const epoch latest = s->owner;
  if (number_of(latest) != number_of(x.when)) return false;
  const std::uint16_t same = static_cast<std::uint16_t>(x.kind << 8 | x.bytes);
#pragma nounroll
  for (stored_entry *e = s->entries, *const end = e + s->count; e != end; ++e) {
    if (number_of(e->when()) != number_of(x.when) || (e->kind << 8 | e->bytes) != same) continue;
    // An earlier one than the latest may be of other bytes than that, where others have come in between.
    if (e->when() < latest || e->when() >= x.when) return false;
    x.site = site();
    change_begins(s);
    *e = stored(x);
    states::fill_head(s, s->count, states::cover_by(*e), x.when);
    return in_place();
  }
  return false;
}

template <typename Site>
[[gnu::always_inline]] inline bool held::take_simply(entry x, epoch later, const knowledge& past, Site site) noexcept {
  state* const s = state_;
  simple_step step(x);
#pragma nounroll
  for (unsigned i = 0; i < s->count; ++i) {
    if (covers(s->entries[i], x, later)) return take_over(s->entries[i], x.when);
    if (!step.look_at(s->entries[i], i, x, past)) return false;
  }
  if (!step.takes_any_out() && s->count == (s->own & own_room)) return false;
  x.site = site();
  change_begins(s);
  if (step.takes_one_place()) s->entries[step.place()] = stored(x), states::fill_head(s, s->count, states::cover_by(stored(x)), x.when);
  else put_together(step, x);
  return in_place();
}

inline void held::put_together(const simple_step& step, const entry& x) noexcept {
  states::kept_entries kept(state_->entries);
#pragma nounroll
  for (unsigned i = 0; i < state_->count; ++i)
    if (step.leaves(i)) kept.add(state_->entries[i], x);
  kept.finish(state_, x);
}

// The entry stays as it is; that its actor, who was here last, knows it is seen by generated code in the epoch `when`.
[[gnu::always_inline]] inline bool held::take_over(const stored_entry& e, epoch when) noexcept {
  state* const s = state_;
  if (s->owner == when || number_of(s->owner) != number_of(when)) return in_place();
  states::disown(s);
  states::change_head(s, states::cover_by(e), when);
  return in_place();
}

}  // namespace gosan::race::own_states
