// The detectors of checker/sync over the events of a trace.
#pragma once

#include <memory>
#include <vector>

#include "trace/read/trace_file.hpp"

namespace gosan::trace {

// Fed every event in order, then asked. Memory grows with what is alive, not with the events.
class replay {
 public:
  explicit replay(const trace_file& file);
  ~replay();
  void on_event(const recorded_event& e);
  // What the detectors found on the way, and what they say of those left over at the end: leaks when main has ended, a
  // deadlock when all wait. Call once. Without symbols and fingerprints.
  std::vector<finding> finish();

 private:
  struct parts;
  const trace_file& file_;
  std::unique_ptr<parts> parts_;
};

}  // namespace gosan::trace
