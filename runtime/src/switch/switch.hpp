// The context switch: from one stack to another on the same OS thread.
//
// One file per architecture implements this page. A saved context is a stack pointer: the callee-saved registers, the frame
// pointer and the address to go on at lie on the stack it points to (saved_frame). The floating-point control words (mxcsr, x87
// CW) are not part of it: reloading them costs ten times the rest, so they belong to the worker, as in Go.
#pragma once

#include <cstdint>

namespace gosan::rt {

extern "C" {
// Saves the caller's context, stores its stack pointer to *from and goes on in the context `to`. Returns, when somebody
// switches back, the `value` that one gave.
void* gosan_switch(void** from, void* to, void* value) noexcept;
}

// Builds a context at the upper end of a stack: the first switch to it calls entry(value), which must not return. Unwinders and
// debuggers see the end of the stack there.
void* make_context(void* stack_high, void (*entry)(void*)) noexcept;

// Where a saved context goes on, and its frame pointer: what a stack walk starts from.
struct saved_frame {
  std::uintptr_t pc, frame_pointer;
};
saved_frame frame_of(const void* context) noexcept;

}  // namespace gosan::rt
