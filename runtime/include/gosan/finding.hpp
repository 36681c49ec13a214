// A finding: what a detector found, as data. Text, JSON, SARIF and JUnit are renderings of this one structure; detectors
// fill it, printers print it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gosan {

enum class finding_kind : std::uint8_t {
#define GOSAN_FINDING(name, id, title) name,
#include "gosan/finding_kinds.def"
#undef GOSAN_FINDING
};

// "data-race", ...: `kind` in JSON, the rule's id in SARIF, the word in --fail-on.
std::string_view id_of(finding_kind k) noexcept;
std::string_view title_of(finding_kind k) noexcept;

struct frame {
  std::uintptr_t pc = 0;        // return address, 0 when unknown
  std::string module;           // path of the object file, with `offset` in it: enough to look up symbols later
  std::uint64_t offset = 0;
  std::string function, file;   // empty until symbols were looked up
  unsigned line = 0, column = 0;
  bool inlined = false;         // into the next frame
};
using call_stack = std::vector<frame>;  // innermost first

struct held_lock {
  std::string name;             // "mutex m1"
  bool read = false;
  call_stack acquired_at;
};

// One goroutine (or thread) and its part in the finding.
struct party {
  std::string role;             // "write of 8 bytes", "previous read of 4 bytes", "blocked: chan send", "closed by", ...
  std::uint64_t goroutine = 0;  // 0: not a goroutine
  std::string name;             // "worker", "main"; empty when unnamed
  std::string state;            // "chan send", "running", "ended"
  call_stack stack;             // where it did, or is doing, its part
  std::uint64_t creator = 0;
  call_stack created_at;
  std::vector<held_lock> locks;
};

// Something a finding speaks of: memory, a channel, a lock.
struct described_object {
  std::string what;             // "chan<8 bytes> capacity 0", "heap block of 24 bytes", "global counter"
  call_stack created_at;        // allocation, make_chan; may be empty
};

// Part of a repair: from one place of a file up to another is replaced by the text. Columns count bytes, from 1.
struct source_edit {
  std::string file;
  unsigned line = 0, column = 0, end_line = 0, end_column = 0;
  std::string text;
};

struct finding {
  finding_kind kind{};
  std::string grade;            // goroutine-leak: proven, stuck, alive
  std::string confidence;       // empty = certain; otherwise why not, e.g. "uninstrumented module libz.so between"
  std::string message;          // one sentence that names the things
  std::vector<party> parties;   // the one at fault first
  std::vector<described_object> objects;
  std::vector<std::string> notes;
  std::vector<source_edit> fix; // the repair, where it is mechanical: all of these together
  std::uint64_t count = 1;      // alike ones folded into this
  std::string scope;            // test in which it arose
  std::string fingerprint;      // stable under line shifts and renumbered goroutines; filled by checker/report
  std::string check;            // of a finding at compile time its check, "gosan-closure-capture"; its kind then says nothing
  std::string standing;         // "new", "known", "expired" or "suppressed"; filled by checker/gate
};

}  // namespace gosan
