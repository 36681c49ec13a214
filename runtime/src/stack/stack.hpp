// Stacks of goroutines: ranges of reserved address space, committed by the kernel as they are touched.
//
// A stack is bound to a goroutine when it first runs and goes back to a cache when it ends, so a goroutine that waits for its
// first run has none and one that runs to its end reuses a hot one. Slots of one size are carved from large reservations; the
// lowest page of each is a guard.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gosan::rt {

struct stack {
  char* low = nullptr;    // the lowest usable byte, above the guard
  char* high = nullptr;   // one past the highest
};

// Rounds a wished size to that of a slot class: a power of two, 16 KiB to 1 GiB, guard included.
std::size_t stack_slot_size(std::size_t wished) noexcept;

// Takes `n` stacks of one slot size from the process-wide pool, carving new ones when it is empty. Ends the program with one
// line when the system grants no address space. Thread-safe.
void take_stacks(std::size_t slot_size, stack* into, std::size_t n) noexcept;
// Gives stacks back. Their pages go back to the kernel when the pool has many. Thread-safe.
void give_stacks(std::size_t slot_size, const stack* from, std::size_t n) noexcept;

// Whether the address lies in the guard of some stack.
bool in_stack_guard(std::uintptr_t address) noexcept;

}  // namespace gosan::rt
