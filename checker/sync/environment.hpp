// What a detector of this folder may ask of its surroundings. Inside a recording program checker/live/ answers; over a trace
// file the reader does; in unit tests a fake. Detectors know events and this, nothing else.
#pragma once

#include <span>

#include "events/event.hpp"
#include "gosan/finding.hpp"

namespace gosan::sync {

class environment {
 public:
  virtual ~environment() = default;
  // What is known of an actor; role and stack are left to the caller.
  virtual party party_of(events::actor_id g) = 0;
  virtual call_stack frames_of(events::stack_id id) = 0;
  virtual call_stack frames_of(std::span<const std::uintptr_t> return_addresses) = 0;
  // The scope (a test) of an actor, 0 for none.
  virtual events::object_id scope_of(events::actor_id g) = 0;
  // The stack of the operation whose event is being handled; 0 / none where it is not known (a trace without it).
  virtual events::stack_id capture() = 0;
  // `from`: the frame that the walk begins at, where it is known; its return address is the first.
  virtual std::size_t walk(std::span<std::uintptr_t> into, const void* from = nullptr) = 0;
  virtual void report(finding&& f) = 0;
  // From now on events that only order are needed: before the first nested lock they are not.
  virtual void orders_wanted() {}
};

}  // namespace gosan::sync
