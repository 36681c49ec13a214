// A broken invariant of the runtime itself: says what, and ends the program, in every build.
#pragma once

namespace gosan::rt {

struct goroutine;

[[noreturn]] void die(const char* what) noexcept;
[[noreturn]] void die_state(const goroutine* g, unsigned from, unsigned to) noexcept;

}  // namespace gosan::rt
