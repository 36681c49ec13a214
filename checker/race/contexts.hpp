// Call stacks as numbers: one tree of call sites for the whole process. A node is a return address and its caller's node,
// so a number of 32 bits kept beside an access gives its complete stack at any later time.
//
// The running actor keeps a plain array of call sites (thread_view::top); nodes are looked up only when an access has to be
// remembered, and then kept in the array. Nodes are never freed.
#pragma once

#include <cstdint>
#include <span>

#include "race/shadow_layout.hpp"

namespace gosan::race {

using node_id = std::uint32_t;  // 0 = the root: the first frame of an actor

namespace contexts {
// The child of `parent` reached by the return address `pc`. Once there are very many nodes, of recursion a caller of the same place.
node_id child(node_id parent, std::uintptr_t pc) noexcept;
// The node of the running function, given the actor's array of calls. `child_of` is child() or remembers its answers.
template <typename F>
node_id current(frame_entry* bottom, frame_entry* top, F child_of) noexcept;
node_id current(frame_entry* bottom, frame_entry* top) noexcept;
// The node of a stack captured elsewhere, innermost first.
node_id of_stack(std::span<const std::uintptr_t> innermost_first) noexcept;
// Return addresses, innermost first; the number written.
std::size_t stack_of(node_id n, std::uintptr_t* into, std::size_t capacity) noexcept;
std::uintptr_t pc_of(node_id n) noexcept;
// The place in the running function that led here, through calls of the runtime that are not instrumented: the frame below
// the one that returns to where the running function was called from. Looked for from the frame `at` on, null for that of this function.
// 0 when it cannot be told.
std::uintptr_t place_in_running_function(const void* at) noexcept;
std::uint64_t count() noexcept;
// Times that a call of recursion was left out.
std::uint64_t calls_left_out() noexcept;

// ---- inline bodies ----

template <typename F>
[[gnu::always_inline]] inline node_id current(frame_entry* bottom, frame_entry* top, F child_of) noexcept {
  if (top == bottom) return 0;
  if (node_id known = top[-1].node) return known;
  frame_entry* f = top - 1;
  while (f != bottom && !f[-1].node) --f;
  node_id n = f == bottom ? 0 : f[-1].node;
  for (; f != top; ++f) f->node = n = child_of(n, f->call_site);
  return n;
}

inline node_id current(frame_entry* bottom, frame_entry* top) noexcept { return current(bottom, top, child); }
}  // namespace contexts

}  // namespace gosan::race
