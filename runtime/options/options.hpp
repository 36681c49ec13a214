// Options from the environment variable GOSAN_OPTIONS=key=value:key=value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gosan {

struct options {
  using u64 = std::uint64_t;
  using text = std::string;
#define GOSAN_OPTION(type, name, default_, unit, help) type name = default_;
#include "options/options.def"
#undef GOSAN_OPTION
};

// What the option `detect` can list.
inline constexpr std::string_view detector_names[] = {"race", "leak", "deadlock", "lock-order"};

// Applies "key=value:key=value" (a colon inside a value is written \:). Returns the empty string, or one line that names the
// key or value at fault; what was read before it stays applied.
std::string parse_options(std::string_view text, options& into);

// The help text of every option, one line each.
std::string options_help();

// The process's options, read from the environment at the first call. A bad value ends the program with one line on stderr
// and exit status 2. Thread-safe; may be called before main.
const options& process_options();

}  // namespace gosan
