// What generated code may rely on to skip a call: where the state of a location lies and when an access needs no check.
//
// Each 8 bytes of the program (a granule) have a 32-bit word: the id of a state. Most states are immutable and shared: all
// elements of an array that one loop has written have the same one. A location that goes ways of its own, from epoch to epoch, gets
// a state of its own, changed in place (own_states.hpp). State 0 means "never accessed".
//
//   root[address >> 26] -> leaf: one word per granule of 64 MiB, mapped when first touched
//   word                -> states + 16 * word
//
// Nothing is at a fixed address, so it works under any layout of the address space.
#pragma once

#include <cstddef>
#include <cstdint>

#include "race/epoch.hpp"

namespace gosan::race {

inline constexpr unsigned shadow_layout_version = 1;

#if defined(__aarch64__)
inline constexpr unsigned address_bits = 48;
#else
inline constexpr unsigned address_bits = 47;
#endif
inline constexpr unsigned leaf_bits = 26;
inline constexpr std::size_t root_entries = std::size_t{1} << (address_bits - leaf_bits);
inline constexpr unsigned granule_bits = 3;
inline constexpr std::uintptr_t leaf_offset_mask = (std::uintptr_t{1} << (leaf_bits - 1)) - 4;
inline constexpr unsigned state_unit = 16;

using state_id = std::uint32_t;
// Bytes of a granule, bit i = byte i.
using byte_mask = std::uint8_t;

constexpr byte_mask bytes_between(unsigned from, unsigned to) noexcept {
  return static_cast<byte_mask>((1u << to) - (1u << from));
}
constexpr bool in_one_granule(std::uintptr_t p, std::uintptr_t end) noexcept { return (p ^ (end - 1)) >> granule_bits == 0; }
// Of a range within one granule.
constexpr byte_mask bytes_of(std::uintptr_t p, std::uintptr_t end) noexcept {
  return bytes_between(p & 7, static_cast<unsigned>((p & 7) + (end - p)));
}

// One earlier access that a later one may conflict with.
struct entry {
  epoch when;
  std::uint32_t site;  // node of the context tree: the place and how it was reached
  byte_mask bytes;
  std::uint8_t kind;   // access_kind
  std::uint16_t size;  // for the report: packed_size()
};

// Low 11 bits: bytes of the whole access, 0 = many. High 5: locks the actor had taken in this epoch before it, 31 = as many or more.
inline constexpr unsigned size_bits = 11, most_taken = 31;
constexpr std::uint16_t packed_size(std::size_t bytes, unsigned taken) noexcept {
  return static_cast<std::uint16_t>((bytes < (1u << size_bits) ? bytes : 0) | taken << size_bits);
}
constexpr unsigned bytes_in(std::uint16_t size) noexcept { return size & ((1u << size_bits) - 1); }
constexpr unsigned taken_in(std::uint16_t size) noexcept { return size >> size_bits; }

// The same inside a state. The memory of states is used again, and a reader without protection (same_epoch below) may take an
// entry for the head of a state: inverted, its first word is no epoch.
struct stored_entry {
  std::uint64_t inverted_when;
  std::uint32_t site;
  byte_mask bytes;
  std::uint8_t kind;
  std::uint16_t size;

  constexpr epoch when() const noexcept { return ~inverted_when; }
  constexpr entry get() const noexcept { return {when(), site, bytes, kind, size}; }
};
constexpr stored_entry stored(const entry& e) noexcept { return {~e.when, e.site, e.bytes, e.kind, e.size}; }

struct state {
  epoch owner;          // who made the latest entry
  std::uint16_t cover;  // low 8 bits: bytes the owner may write again unseen; high 8: read again
  std::uint8_t count;   // entries that follow
  std::uint8_t own;     // one location's, or many's: own_states.hpp
  std::uint32_t more;   // further entries, in chunks: states.hpp. Of one location's state: how often it was changed
  stored_entry entries[];
};
inline constexpr std::uint8_t own_room = 0x0f, given_to_many_bit = 0x40, held_bit = 0x80;  // of state::own
static_assert(sizeof(state) == state_unit && sizeof(stored_entry) == state_unit);

constexpr std::uint16_t need_of(byte_mask m, bool write) noexcept {
  return static_cast<std::uint16_t>(write ? m : m << 8);
}

// One call on the shadow call stack of an actor.
struct frame_entry {
  std::uintptr_t call_site;
  std::uint32_t node;  // of the context tree, 0 = not looked up yet
  std::uint32_t unused;
};

struct actor_state;
struct thread_cache;
class thread_variables;

// What the running actor needs at every access. Generated code may read `now` and push to and pop from the call stack:
//   entry: if (top == limit) call __gosan_func_entry; else { top->call_site = pc; top->node = 0; ++top; }
//   exit:  top = bottom + token
struct thread_view {
  epoch now;            // 0 when nothing may be skipped: no actor yet, or its accesses are ignored
  frame_entry* top;     // first free
  frame_entry* limit;
  frame_entry* bottom;
  actor_state* actor;
  thread_cache* cache;
  std::uint32_t ignore; // depth of ignore scopes
  thread_variables* variables;  // of a worker, from its first goroutine on
};

}  // namespace gosan::race

extern "C" {
extern char* __gosan_shadow_root[gosan::race::root_entries];
extern char* __gosan_states;
extern thread_local constinit gosan::race::thread_view __gosan_thread
    __attribute__((tls_model("initial-exec")));
}

namespace gosan::race {

inline std::uint32_t* word_of(std::uintptr_t a) noexcept {
  char* leaf = __gosan_shadow_root[(a >> leaf_bits) & (root_entries - 1)];
  return leaf ? reinterpret_cast<std::uint32_t*>(leaf + ((a >> 1) & leaf_offset_mask)) : nullptr;
}

inline const state& state_at(state_id id) noexcept {
  return *reinterpret_cast<const state*>(__gosan_states + std::size_t{id} * state_unit);
}

// Whether the access is known already: same actor, no release since, and at least as strong. A state's memory may be
// taken for another state between the two loads, but never for one of the epoch that is running here.
inline bool same_epoch_state(state_id id, std::uint16_t need) noexcept {
  const state& s = state_at(id);
  // The cover first: see [HEAD] in states.cpp.
  const std::uint16_t cover = __atomic_load_n(&s.cover, __ATOMIC_ACQUIRE);
  return __atomic_load_n(&s.owner, __ATOMIC_ACQUIRE) == __gosan_thread.now && (cover & need) == need;
}

inline bool same_epoch(std::uintptr_t a, std::uint16_t need) noexcept {
  const std::uint32_t* word = word_of(a);
  return word && same_epoch_state(__atomic_load_n(word, __ATOMIC_ACQUIRE), need);
}


}  // namespace gosan::race
