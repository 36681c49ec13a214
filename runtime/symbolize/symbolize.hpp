// From return addresses to functions, files and lines, inlined ones included, by asking a symbolizer program.
//
// Ground rules: never called from a signal handler or with locks of the runtime held; it starts a process and allocates. A
// detector keeps (module, offset) and leaves the rest to whoever renders the finding. Depends on nothing else of the project.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gosan::symbolize {

// A return address as something that outlives the process: `offset` is the address less the module's load bias. Look-ups
// are made one byte before it, which lies inside the call.
struct address {
  std::string module;
  std::uint64_t offset = 0;
  friend bool operator==(const address&, const address&) = default;
};

struct location {
  std::string function = {}, file = {};  // demangled; empty when unknown
  unsigned line = 0, column = 0;
  bool inlined = false;        // into the next one of its group
};

// One frame of a stack with all that could be found out about it.
struct resolved_frame : location {
  std::uintptr_t pc = 0;
  std::string module;
  std::uint64_t offset = 0;
};

// Where a return address of this process lies; an empty module when in none.
address address_of(std::uintptr_t return_address);

// One group per address, innermost first: the functions inlined there, then the function itself. Never empty: an address
// nobody knows gives one location without names. Uses one symbolizer process for the whole batch. Blocks; thread-safe.
std::vector<std::vector<location>> look_up(std::span<const address> addresses);

// The same for a stack of this process, flattened.
std::vector<resolved_frame> resolve(std::span<const std::uintptr_t> return_addresses);

// "function\n    file:line:column" with what is known, else module+offset: one frame of a Go-like dump.
std::string text_of(const resolved_frame& f);

// Which program does the look-ups: a path or a name on PATH, "" for the usual ones, "none" for none. Before the first
// look-up; the environment variable GOSAN_SYMBOLIZER says the same and comes second.
void use_program(std::string_view program);

}  // namespace gosan::symbolize
