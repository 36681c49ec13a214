// What is done to the entries of a state, for shared states and for those of one location alone.
#pragma once

#include <algorithm>
#include <atomic>

#include "race/states.hpp"

namespace gosan::race::states {

// Entries that a shared state holds itself.
inline constexpr unsigned inline_entries = 6;

// Bytes that the actor of x has already accessed in this epoch at least as strongly as x.
inline byte_mask known_bytes(const stored_entry* first, const stored_entry* last, const entry& x) noexcept {
  byte_mask m = 0;
  for (; first != last; ++first)
    if (first->when() == x.when && replaces(first->kind, x.kind)) m |= first->bytes;
  return m;
}

inline bool all_known(const stored_entry* first, const stored_entry* last, const entry& x) noexcept {
  return (known_bytes(first, last, x) & x.bytes) == x.bytes;
}

// What x leaves of an earlier entry.
[[gnu::always_inline]] inline byte_mask left_of(const entry& e, const entry& x, const knowledge& past, conflicts_found& races) noexcept {
  const byte_mask common = e.bytes & x.bytes;
  const bool conflicts = conflict(e.kind, x.kind), replaced = replaces(x.kind, e.kind);
  if (!common || (!conflicts && !replaced)) return e.bytes;
  const bool ordered = past.knows(e.when);
  if (!ordered && conflicts) races.add(e, common);
  return (ordered ? replaced : conflicts) ? e.bytes & static_cast<byte_mask>(~common) : e.bytes;
}

// The entry of the same access to neighbouring bytes, or last.
inline stored_entry* same_access(stored_entry* first, stored_entry* last, const entry& x) noexcept {
  return std::find_if(first, last, [&](const stored_entry& e) { return e.when() == x.when && e.kind == x.kind && e.site == x.site; });
}

// What e, of the owner, adds to the cover of its state.
inline std::uint16_t cover_by(byte_mask bytes, std::uint8_t kind) noexcept {
  if (is_atomic(kind)) return 0;
  return static_cast<std::uint16_t>(need_of(bytes, false) | (is_write(kind) ? need_of(bytes, true) : 0));
}
inline std::uint16_t cover_by(const stored_entry& e) noexcept { return cover_by(e.bytes, e.kind); }

inline std::uint16_t cover_of(const stored_entry* entries, unsigned n, epoch owner) noexcept {
  std::uint16_t cover = 0;
  for (unsigned i = 0; i < n; ++i)
    if (entries[i].when() == owner) cover |= cover_by(entries[i]);
  return cover;
}

// First nobody's: same_epoch() loads the cover before the owner, and never takes a new cover for the former state's or owner's. [HEAD]
inline void disown(state* s) noexcept {
  __atomic_store_n(&s->owner, no_epoch, __ATOMIC_RELAXED);
  std::atomic_thread_fence(std::memory_order_release);
}

// The entries are there already, and nobody owns the state. The owner last: a reader without protection sees no owner of a state that is
// not filled in. [HEAD]
[[gnu::always_inline]] inline void change_head(state* s, std::uint16_t cover, epoch owner) noexcept {
  __atomic_store_n(&s->cover, cover, __ATOMIC_RELAXED);
  __atomic_store_n(&s->owner, owner, __ATOMIC_RELEASE);
}
inline void fill_head(state* s, unsigned count, std::uint16_t cover, epoch owner) noexcept {
  s->count = static_cast<std::uint8_t>(count);
  change_head(s, cover, owner);
}

// The entries that an access leaves, and then the access, put together one after the other; `to` may be where they come from.
struct kept_entries {
  stored_entry* end;
  stored_entry* same = nullptr;  // among them, the entry of the same access to neighbouring bytes
  std::uint16_t cover = 0;       // by them

  explicit kept_entries(stored_entry* to) noexcept : end(to) {}
  [[gnu::always_inline]] void add(const stored_entry& e, const entry& x) noexcept {
    if (e.when() == x.when) note_own(e, x);
    *end++ = e;
  }
  // What is there already, from `from` on, goes on in `to`.
  void move_to(stored_entry* to, stored_entry* from) noexcept {
    std::copy(from, end, to);
    if (same) same = to + (same - from);
    end = to + (end - from);
  }
  // x is added and becomes the latest. REQUIRES: room for it, or `same`.
  [[gnu::always_inline]] void finish(state* s, const entry& x) noexcept {
    if (same) same->bytes |= x.bytes;
    else *end++ = stored(x);
    fill_head(s, static_cast<unsigned>(end - s->entries), cover | cover_by(stored(x)), x.when);
  }

 private:
  void note_own(const stored_entry& e, const entry& x) noexcept {
    cover |= cover_by(e);
    if (e.kind == x.kind && e.site == x.site) same = end;
  }
};

// What x leaves of entries, at one go.
struct merged : kept_entries {
  merged(const stored_entry* first, const stored_entry* last, const entry& x, const knowledge& past, stored_entry* into,
         conflicts_found& races) noexcept
      : kept_entries(into) {
    for (; first != last; ++first) {
      stored_entry e = *first;
      e.bytes = left_of(e.get(), x, past, races);
      if (e.bytes) add(e, x);
    }
  }
};

// Copies what a shared state says, chunks and all. The number of entries; `most` + 1 when there are more, of which some were copied.
unsigned gather(state_id id, stored_entry* into, unsigned most) noexcept;

// The state that x makes of these entries, with chunks as needed; more than a state's own room.
state_id shared_of(const stored_entry* first, const stored_entry* last, const entry& x, const knowledge& past, area& mine) noexcept;

}  // namespace gosan::race::states
