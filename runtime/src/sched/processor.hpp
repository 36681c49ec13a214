// A processor: the right to run goroutines, with a run queue and caches of its own.
//
// The ring has one producer, the worker that holds the processor, and many consumers: that worker and thieves. `next` is the
// goroutine to run before all in the ring: the partner that was just made ready. Thieves take it only when it has stayed there
// while its processor did not come to schedule, because a partner that is stolen at once costs a cross-core wake-up per message.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "sched/goroutine.hpp"

namespace gosan::rt {

struct worker;

// A singly linked FIFO of goroutines through goroutine::next. No lock of its own.
struct goroutine_queue {
  goroutine* first = nullptr;
  goroutine* last = nullptr;
  std::size_t size = 0;

  void push(goroutine* g) noexcept;
  goroutine* pop() noexcept;
  void append(goroutine_queue& other) noexcept;
};

struct alignas(64) processor {
  static constexpr std::uint32_t ring_size = 256;
  static constexpr std::uint32_t stack_cache_size = 64;

  // Own synchronisation: see the protocol above.
  std::atomic<std::uint32_t> head{0};
  std::atomic<std::uint32_t> tail{0};
  std::atomic<goroutine*> next{nullptr};
  std::atomic<std::uint32_t> tick{0};       // counts schedules; the monitor and thieves watch it
  std::atomic<std::uint32_t> stale_tick{~0u};  // the schedule whose `next` may be stolen
  std::array<std::atomic<goroutine*>, ring_size> ring{};

  // Belongs to the worker that holds the processor.
  alignas(64) std::uint32_t id = 0;
  std::uint32_t stack_count = 0;
  goroutine* free_blocks = nullptr;
  std::uint32_t free_count = 0;
  std::uint32_t ids_left = 0;
  events::actor_id next_id = 0;
  std::uint64_t random = 0;
  std::atomic<std::int64_t> spawned{0}, ended{0};  // written by the holder alone, summed by num_goroutine()
  std::array<stack, stack_cache_size> stacks{};

  // Guarded by the scheduler's lock.
  processor* idle_link = nullptr;
  std::atomic<worker*> holder{nullptr};      // [HOLDER] release meets the acquire of the monitor: the worker is initialised
  std::atomic<bool> retired{false};          // gomaxprocs() was lowered below it
  std::atomic<bool> taken{true};             // neither idle nor out of service: a worker has it, or is being given it

  // The holder's side. push_next returns the goroutine it displaced, which must be pushed.
  goroutine* push_next(goroutine* g) noexcept;
  bool push(goroutine* g) noexcept;                  // false when the ring is full
  void spill(goroutine* g, goroutine_queue& into) noexcept;  // half of a full ring, and g
  goroutine* pop() noexcept;
  // `next` alone. Only the holder fills it, so when it is seen empty it stays so.
  goroutine* pop_next() noexcept {
    return next.load(std::memory_order_relaxed) ? next.exchange(nullptr, std::memory_order_acq_rel) : nullptr;  // [NEXT]
  }
  bool empty() const noexcept;
  std::uint32_t size() const noexcept;

  // The monitor's side: `next` waits since this schedule began, so thieves may have it.
  void mark_next_stale() noexcept { stale_tick.store(tick.load(std::memory_order_relaxed), std::memory_order_relaxed); }
  goroutine* steal_stale_next() noexcept;
  // For who owns the processor without running on it: all that is queued.
  void drain(goroutine_queue& into) noexcept;

  // A thief's side: takes half of this ring into the thief's own and returns one of them.
  goroutine* steal_into(processor& thief) noexcept;
  std::uint32_t draw(std::uint32_t n) noexcept;      // a pseudo-random number below n
};

}  // namespace gosan::rt
