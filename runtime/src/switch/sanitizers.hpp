// AddressSanitizer and ThreadSanitizer must be told of every switch. Their functions are weak here and called when the program
// has them, so that a user's sanitizer build works with the plain library, built without any.
#pragma once

#include <cstddef>

extern "C" {
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** save, const void* bottom, std::size_t size);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* saved, const void** bottom, std::size_t* size);
[[gnu::weak]] void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}

namespace gosan::rt::sanitizers {

// Looked up once, before the first goroutine.
struct presence {
  bool any = false, address = false, thread = false;
};
extern constinit presence present;
void look_up() noexcept;

// Around every switch, on the stack that is left: `save` is where the left stack keeps its fake stack, null when it ends;
// `to_fiber` is ThreadSanitizer's for the stack that is entered, [low, high) its bounds. Always inlined: ThreadSanitizer
// counts the return of an instrumented function between here and the switch to the wrong stack.
[[gnu::always_inline]] inline void before_switch(void** save, const char* low, const char* high, void* to_fiber) noexcept {
  if (present.address) __sanitizer_start_switch_fiber(save, low, static_cast<std::size_t>(high - low));
  // Flag 0: the switch itself orders the two. Goroutines of one worker are then ordered by their switches, which hides races
  // but reports none that are not there; with flag 1 the runtime's own data would need annotating in every access.
  if (present.thread) __tsan_switch_to_fiber(to_fiber, 0);
}
// And, first thing, on the stack that is entered; null the first time.
[[gnu::always_inline]] inline void after_switch(void* saved) noexcept {
  if (present.address) __sanitizer_finish_switch_fiber(saved, nullptr, nullptr);
}

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
