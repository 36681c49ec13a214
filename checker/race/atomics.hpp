// Atomic objects of the program: what their values carry from thread to thread.
//
// An atomic object that something was released through has a clock: what an acquiring load of its present value learns.
//
//   store, release        clock := what the actor knows        store, relaxed   clock := what its last release fence left
//   read-modify-write     the release sequence goes on: clock := clock + what a store of that order would have left
//   load, acquire         the actor learns the clock           load, relaxed    kept for the actor's next acquire fence
//
// Operation and clock change together under a lock of the address, so the clock is the one of the value seen. A load from an
// address without a clock takes no lock: the clock exists before the first value that carries something can be seen.
// Consume counts as acquire, seq_cst as acq_rel: the total order of seq_cst adds no happens-before edge by itself, and fences
// of that order are release and acquire fences.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "live/spin_lock.hpp"
#include "race/actors.hpp"

namespace gosan::race {

enum class order : int { relaxed, consume, acquire, release, acq_rel, seq_cst };

constexpr bool acquires(int o) noexcept {
  return o == static_cast<int>(order::consume) || o == static_cast<int>(order::acquire) || o >= static_cast<int>(order::acq_rel);
}
constexpr bool releases(int o) noexcept { return o >= static_cast<int>(order::release); }

// The memory of one is only ever used for others: who looks at it without a lock finds one that is another's now, or nobody's.
// What an operation touches comes first, on one cache line of two.
struct alignas(64) sync_var {
  live::spin_lock lock;
  std::atomic<std::uintptr_t> address;  // 0: nobody's. Changed under its lock and that of the address; relaxed: also asked without, by who uses it
  epoch left_by;  // when `carried` is what one actor left, in which epoch; no_epoch when it is what several did
  clock carried;
  sync_var* next;            // other atomic objects in the same granule; of nobody's, the next such
  events::object_id object;  // of a lock of the operating system's threads that lies here
};

// Holds the lock of an address: that of its sync_var once there is one, before that one of the table's. All operations on one atomic object that
// may change what it carries go through it, one by one.
class atomic_section {
 public:
  explicit atomic_section(std::uintptr_t address) noexcept : atomic_section(address, approach(address)) {}
  // `near`: what approach() gave.
  atomic_section(std::uintptr_t address, sync_var* near) noexcept;
  ~atomic_section();
  atomic_section(const atomic_section&) = delete;
  atomic_section& operator=(const atomic_section&) = delete;

  // The lock is about to be taken: its cache line may come while something else is done.
  static sync_var* approach(std::uintptr_t address) noexcept;

  void after_load(actor_state& a, int order) noexcept;
  void before_store(actor_state& a, int order) noexcept;
  // Around a read-modify-write; `after` only when it took place. `before` makes the clock, so that a load which sees the
  // new value without the lock finds that there is one.
  void before_exchange(actor_state& a, int order) noexcept;
  void after_exchange(actor_state& a, int order) noexcept;

  events::object_id object() noexcept;

 private:
  sync_var& make() noexcept { return found_ ? *found_ : make_new(); }
  [[gnu::noinline]] sync_var& make_new() noexcept;
  void hold_by_address() noexcept;
  void release_from(actor_state& a) noexcept;

  std::uintptr_t address_;
  sync_var* found_ = nullptr;  // its lock is the one held; null: that of the address is
};

// Whether anything is known of any address.
bool any_objects() noexcept;
// The object (a pthread mutex, ...) at an address, for events; given an id at its first use, forgotten with its memory.
events::object_id object_at(std::uintptr_t address) noexcept;

// Whether a clock may exist for the address; false is final for values seen before the call.
bool carries_anything(std::uintptr_t address) noexcept;
void fence(actor_state& a, int order) noexcept;
void forget_atomics(std::uintptr_t p, std::size_t n) noexcept;
std::uint64_t sync_vars_alive() noexcept;

}  // namespace gosan::race
