// A pattern: one kind of mistake that concurrent programs in Go's style make, as small as it shows, beside its right twin. One function
// has both forms; `bug` chooses. Each run is one process, under another seed of `perturb`; see patterns_test.py.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include <gosan/gosan.hpp>

namespace patterns {

using namespace gosan;
using namespace std::chrono_literals;

struct pattern {
  const char* name;
  const char* kinds;  // of which one must be found in the wrong form, separated by blanks
  void (*run)(bool bug);
};

std::vector<pattern>& all();
inline bool enlist(const pattern& p) { return all().push_back(p), true; }

inline constexpr const char* stuck = "goroutine-leak deadlock partial-deadlock lock-order double-lock";

// PATTERN(name, kinds) { ... uses `bug` ... }
#define PATTERN(name, kinds)                                                               \
  static void name(bool bug);                                                             \
  [[maybe_unused]] static const bool name##_listed = ::patterns::enlist({#name, kinds, name}); \
  static void name([[maybe_unused]] bool bug)

}  // namespace patterns
