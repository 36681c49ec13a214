// Verification from code: leak checks for tests and services, annotations for primitives of one's own, scopes.
//
// The names exist in both libraries. In the plain one (libgosan.a) nothing is recorded: leaks() works from the runtime's own list of
// goroutines with grade "alive" only, annotations and scopes do nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gosan/finding.hpp"

namespace gosan {

// Which goroutines a leak check passes over. All texts are matched as parts of the function's name.
struct leak_options {
  std::vector<std::string> ignore_top_function;   // the innermost function of the user's
  std::vector<std::string> ignore_any_function;   // any function on its stack
  std::vector<std::string> ignore_created_by;     // any function on the stack that created it
  std::vector<std::string> ignore_name;           // the goroutine's name, whole
  std::vector<std::uint64_t> ignore_goroutines;   // what ran when ignore_current() was called
  std::chrono::milliseconds settle{400};          // how long goroutines may take to end by themselves
  bool proven_only = false;                       // only those that nobody can wake any more

  leak_options& ignore_current();                 // all that are alive now
};

// The goroutines that are alive and are neither the caller, the main goroutine, daemons, nor ignored; of the caller's scope when it
// has one. Groups of alike ones are one finding with a count. Blocks for at most `settle`; callable from goroutines and threads.
std::vector<finding> leaks(const leak_options& options = {});
// leaks(), reported as findings as well. True when there are none.
bool verify_no_leaks(const leak_options& options = {});

// A name for everything the caller and the goroutines it spawns do from now on: a test. Findings carry it.
class verify_scope {
 public:
  explicit verify_scope(std::string_view name);
  ~verify_scope();
  verify_scope(const verify_scope&) = delete;
  verify_scope& operator=(const verify_scope&) = delete;

 private:
  std::uint64_t id_, outer_;
};

// Records what the program does from now on to a file for `gosan trace` and `gosan analyze`, as the option trace does from the start;
// trace_window makes it a flight recorder. Once a process. False, with errno, when the file cannot be written or there was a recording
// (EBUSY); in the plain library always, with ENOSYS. What happened before is not in it: a leak's goroutine has no name then.
bool start_trace(const char* path) noexcept;
// Ends the recording; the file is complete on return. Does nothing when there is none.
void stop_trace() noexcept;

// For synchronisation the runtime does not know.
namespace annotate {
void happens_before(const void* p) noexcept;  // what the caller did so far happens before a later happens_after(p)
void happens_after(const void* p) noexcept;
// Races on these bytes are meant; `why` is kept for the report's list of what was passed over.
void benign_race(const void* p, std::size_t n, const char* why) noexcept;
// What the caller's thread accesses while this lives is not looked at. Must not live across an operation that parks.
class ignore_scope {
 public:
  ignore_scope() noexcept;
  ~ignore_scope();
  ignore_scope(const ignore_scope&) = delete;
  ignore_scope& operator=(const ignore_scope&) = delete;
};
}  // namespace annotate

}  // namespace gosan
