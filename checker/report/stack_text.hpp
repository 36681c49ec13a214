// Which frames of a stack a reader wants to see, and how one is written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan::report {

// The stack without machinery: of the runtime's frames on top, only the one the user called stays ("gosan::chan<int>::send");
// all that is not the user's below the goroutine's function goes. A stack of nothing else stays whole.
std::vector<const frame*> frames_to_show(const call_stack& stack);

// The place where something was made, from the user's function on; empty when the runtime made it by itself.
std::vector<const frame*> creation_frames_to_show(const call_stack& stack);

// "worker(int)", or "libfoo.so+0x12a" when nobody knows.
std::string function_text(const frame& f);
// "pool.cpp:12:3" as the compiler spelled the path; empty when unknown.
std::string place_text(const frame& f);
// The `state` of a party of a finding at compile time: not someone who ran, but a place in the source with a part in it.
inline constexpr std::string_view source_state = "source";
bool is_source(const party& p);

// "goroutine 7 \"worker\"" or "a thread"
std::string party_name(const party& p);
// "write of 4 bytes by goroutine 7"; of a place in the source its part alone.
std::string deed_of(const party& p);

}  // namespace gosan::report
