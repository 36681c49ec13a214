// The control block of a goroutine, and the one place that changes its state.
//
// States; who owns the stack; where the block is queued:
//   free      nobody            on a free list (a processor's or the global one)
//   runnable  nobody            on exactly one run queue, or in a thief's hands
//   running   the goroutine     none; worker::current points to it
//   waiting   nobody            on the wait queue of what it waits for; ready() is its only way out
//
//   to ->      free      runnable        running        waiting
//   free       invalid   spawn           stand-in       invalid
//   runnable   invalid   invalid         worker         invalid
//   running    end       yield           invalid        park
//   waiting    invalid   ready, refused  invalid        invalid
//
// Inside blocking() a goroutine is running, with in_blocking set: what it runs may park like any other code.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "sched/sched.hpp"
#include "stack/stack.hpp"

namespace gosan::rt {

enum class gstate : std::uint32_t { free, runnable, running, waiting };

// What __cxa_get_globals() points to: the caught exceptions of the running code. It belongs to the goroutine.
struct eh_state {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

inline constexpr std::size_t inline_closure_size = 96;
inline constexpr std::size_t inline_closure_align = 16;

// Values of a stand-in's wake_word besides 0.
inline constexpr std::uint32_t thread_woken = 1, thread_asleep = 2;

struct alignas(64) goroutine {
  // Touched by every switch.
  void* context = nullptr;             // where it goes on; null before its first run
  goroutine* next = nullptr;           // in the queue it is in
  std::atomic<gstate> state{gstate::free};
  std::uint32_t wait_word = 0;
  events::actor_id id = 0;
  eh_state eh;
  stack stk;

  // What it waits for.
  events::object_id waits_on = 0;
  std::int64_t waits_since = 0;        // coarse steady-clock ns
  events::wait_reason why{};
  bool daemon = false, is_main = false, is_thread = false;
  std::atomic<bool> in_blocking{false};  // inside blocking(); the monitor looks at it
  std::uint16_t last_worker = 0;         // its number + 1, for force_migrate
  std::atomic<std::uint32_t> wake_word{0};  // a stand-in's futex
  std::uint32_t slot_size = 0;              // of its stack; 0 = the usual one
  // What it is.
  void (*invoke)(void*) = nullptr;
  void* closure_at = nullptr;          // inline_closure, or heap memory
  void* created_at = nullptr;
  events::actor_id creator = 0;

  char* name = nullptr;                // heap copy, or null
  goroutine* joiner = nullptr;         // made ready when this one has ended
  void* sanitizer_stack = nullptr;     // ThreadSanitizer's or AddressSanitizer's idea of this stack: no program has both
  void* books = nullptr;               // the event sink's own, null when an id begins
  alignas(inline_closure_align) unsigned char inline_closure[inline_closure_size];
};
static_assert(sizeof(goroutine) == 256, "a million waiting for their first run must fit in 250 MB");

// Changes the state; dies when it was not `from`. Every change goes through here.
void change_state(goroutine* g, gstate from, gstate to) noexcept;

// Control blocks: type-stable, carved from slabs that are never given back. `n` linked blocks.
goroutine* take_goroutines(std::size_t n) noexcept;
void give_goroutines(goroutine* first, goroutine* last) noexcept;

// Calls visit(g, arg) for every control block there ever was, free ones too. Takes no lock; blocks may change meanwhile.
void visit_goroutines(void (*visit)(goroutine*, void*), void* arg) noexcept;

}  // namespace gosan::rt
