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

#include <cstddef>
#include <cstdint>

#include "race/actors.hpp"

namespace gosan::race {

enum class order : int { relaxed, consume, acquire, release, acq_rel, seq_cst };

constexpr bool acquires(int o) noexcept {
  return o == static_cast<int>(order::consume) || o == static_cast<int>(order::acquire) || o >= static_cast<int>(order::acq_rel);
}
constexpr bool releases(int o) noexcept { return o >= static_cast<int>(order::release); }

struct sync_var {
  std::uintptr_t address;
  sync_var* next;  // other atomic objects in the same granule
  clock carried;
  epoch left_by = 0;  // when `carried` is what one actor left, in which epoch; no_epoch when it is what several did
  events::object_id object = 0;  // of a lock of the operating system's threads that lies here
};

// Holds the lock of an address. All operations on one atomic object go through it, one by one.
class atomic_section {
 public:
  explicit atomic_section(std::uintptr_t address) noexcept;
  ~atomic_section();
  atomic_section(const atomic_section&) = delete;
  atomic_section& operator=(const atomic_section&) = delete;

  void after_load(actor_state& a, int order) noexcept;
  void before_store(actor_state& a, int order) noexcept;
  // Around a read-modify-write; `after` only when it took place. `before` makes the clock, so that a load which sees the
  // new value without the lock finds that there is one.
  void before_exchange(actor_state& a, int order) noexcept;
  void after_exchange(actor_state& a, int order) noexcept;

  events::object_id object() noexcept;

 private:
  sync_var* find() noexcept;
  sync_var& make() noexcept;
  void release_from(actor_state& a) noexcept;

  std::uintptr_t address_;
  sync_var* found_ = nullptr;  // stays where it is while the lock is held
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
