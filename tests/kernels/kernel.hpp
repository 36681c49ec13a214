// A kernel: the core of a concurrency bug that a large Go system had, and the same program without the bug. The bugs were
// collected by the GoBench suite (Yuan et al., CGO 2021, its part GoKer); each kernel is written from a description of
// its structure: which goroutines there are, what they lock, send and wait for, and in which order.
//
// In more/ are kernels of our own, of kinds that the others leave out, named for what goes wrong in them.
//
// One file per kernel, named as in GoBench, with what both forms share in the kernel's own namespace and the forms in the
// namespaces `buggy` and `fixed` within it; each has a function run(), which is the main goroutine's part. The file ends
// with GOSAN_KERNEL(name, "class", "kind ..."); the kinds are the findings that count as having found the bug.
//
// What goroutines share lives as long as somebody can reach it, as in Go: held by shared_ptr, or, where the bug is a race,
// for ever (make_forever), because the reference count of a shared_ptr orders what its holders do. Nothing sleeps that
// does not in the original, and nothing is ordered that is not ordered there.
#pragma once

#include <gosan/gosan.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

namespace kernels {

using namespace gosan;
using namespace std::chrono_literals;

struct kernel {
  const char* name;
  const char* bug_class;
  const char* kinds;  // separated by blanks
  void (*buggy)();
  void (*fixed)();
};

// All that are linked in. Filled before main.
std::vector<kernel>& all();
inline bool enlist(const kernel& k) { return all().push_back(k), true; }

// True in so many of a hundred calls, at random: for branches that depend on the world outside the program.
bool chance(int percent);

// An object that is never destroyed.
template <class T, class... Args>
T* make_forever(Args&&... args) {
  return new T(std::forward<Args>(args)...);
}

// The kinds of finding that show a goroutine stuck for ever, or about to be.
#define GOSAN_BLOCKING "goroutine-leak deadlock partial-deadlock lock-order double-lock wait-group-misuse"

#define GOSAN_KERNEL(name, bug_class, kinds) \
  [[maybe_unused]] static const bool name##_is_listed = \
      ::kernels::enlist({#name, bug_class, kinds, name::buggy::run, name::fixed::run})

}  // namespace kernels
