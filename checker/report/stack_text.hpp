// Which frames of a stack a reader wants to see, and how one is written.
#pragma once

#include <string>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::report {

// The stack without the runtime's own frames: of those on top, only the one the user called stays ("gosan::chan<int>::send");
// those at the bottom, below the goroutine's function, go. A stack of nothing else stays whole.
std::vector<const frame*> frames_to_show(const call_stack& stack);

// The same for the place where something was made: without the runtime's function that made it.
std::vector<const frame*> creation_frames_to_show(const call_stack& stack);

// "worker(int)", or "libfoo.so+0x12a" when nobody knows.
std::string function_text(const frame& f);
// "pool.cpp:12:3" as the compiler spelled the path; empty when unknown.
std::string place_text(const frame& f);
// "goroutine 7 \"worker\"" or "a thread"
std::string party_name(const party& p);

}  // namespace gosan::report
