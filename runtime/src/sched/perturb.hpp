// The scheduler's free decisions behind one interface: where one of several things may happen next, it asks here. Normally the
// answer is cheap and fair; under the option `perturb` it is drawn from a seeded generator, so that unusual orders occur.
//
// A seed first draws a character, so that seeds differ in kind and not only in luck:
//
//   drawn once per seed            what for
//   how often operations yield     tight windows between two operations
//   who is slow                    a share of all goroutines, by the hash of seed and id; the main goroutine in one seed of three.
//                                  A slow one also naps before operations, at its start and after it was woken
//   who starts late                in two seeds of five one goroutine in eight, or in four, begins late, by 10 ms to what is left of
//                                  all delays, at the latest when main has returned: the others have done what it was to see
//   who runs first after a spawn   the creator (the new one goes to the end of the queue) or the new one
//
// A nap parks for a drawn time on a timer, so that others overtake by many operations, also by their own timers. All naps of
// a process together are bounded, and end when main has returned: what is left over then is judged undisturbed.
#pragma once

#include "options/options.hpp"

namespace gosan::rt {

struct goroutine;

// Whether a goroutine that was made ready, or a new one, goes to the end of the queue this time, instead of being next.
bool perturbed_placing() noexcept;
bool perturbed_placing_of_new() noexcept;
// The running goroutine is at its start, has just spawned another, was just woken. May yield or nap.
void perturb_start() noexcept;
void perturb_spawn() noexcept;
void perturb_wake() noexcept;
// From now on nothing is delayed any more.
void end_perturbing() noexcept;

// The option force_migrate.
inline bool force_migrate() noexcept {
  static const bool on = process_options().force_migrate;
  return on;
}

}  // namespace gosan::rt
