// AddressSanitizer and ThreadSanitizer must be told of every switch. Their functions are weak here and called when the program
// has them, so that a user's sanitizer build works with the plain library, built without any.
#pragma once

#include <cstddef>

namespace gosan::rt::sanitizers {

// Looked up once, before the first goroutine.
struct presence {
  bool any = false, address = false, thread = false;
};
extern constinit presence present;
void look_up() noexcept;

// Around every switch, on the stack that is left: `save` is where the left stack keeps its fake stack, null when it ends;
// `to_fiber` is ThreadSanitizer's for the stack that is entered, [low, high) its bounds.
void before_switch(void** save, const void* low, const void* high, void* to_fiber) noexcept;
// And, first thing, on the stack that is entered; null the first time.
void after_switch(void* saved) noexcept;

void* make_fiber() noexcept;
void* current_fiber() noexcept;
void drop_fiber(void* fiber) noexcept;
// Forgets what an earlier use of the stack has poisoned.
void fresh_stack(const void* low, const void* high) noexcept;

// What the bytes point to is no leak (LeakSanitizer).
void leak_roots(const void* p, std::size_t n) noexcept;

// An edge through `p` that only the runtime's own, uninstrumented atomics establish.
void acquire(void* p) noexcept;
void release(void* p) noexcept;

}  // namespace gosan::rt::sanitizers
