// Stacks of goroutines: ranges of reserved address space, committed by the kernel as they are touched.
//
// A stack is bound to a goroutine when it first runs and goes back to a cache when it ends, so a goroutine that waits for its
// first run has none and one that runs to its end reuses a hot one. Slots of one size are carved from large reservations; the
// lowest page of each is a guard, or, where those have run out, a canary.
#pragma once

#include <atomic>
#include <climits>
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
// Gives stacks back. Thread-safe.
void give_stacks(std::size_t slot_size, const stack* from, std::size_t n) noexcept;

// Gives pages back to the kernel: those of free stacks that nobody has needed for a second, except of a few. Does a little at
// a time and returns when it wants to be called again; no_surplus: when stacks have been used. For one thread.
inline constexpr std::int64_t no_surplus = INT64_MAX;
std::int64_t cool_stacks(std::int64_t now_ns) noexcept;

// Whether the address lies in the guard of some stack.
bool in_stack_guard(std::uintptr_t address) noexcept;

// What keeps a stack from running into the one below: a guard by madvise, a page by mprotect, or, when the kernel has not the
// first and grants no more mappings for the second, nothing but a canary to be looked at.
enum class guard_kind { install, protect, canary };
// Stacks carved from now on have no better one; for tests.
void guards_at_best(guard_kind k) noexcept;
// Whether some stack has a canary only: to be asked at every switch.
extern constinit std::atomic<bool> canaries;
inline bool canaries_in_use() noexcept { return canaries.load(std::memory_order_relaxed); }  // [CANARY]
// The canary of a stack is gone, or its stack pointer is below it. Costs a look at a page; false for guarded stacks.
bool stack_overflowed(const stack& s, const void* stack_pointer) noexcept;

}  // namespace gosan::rt
