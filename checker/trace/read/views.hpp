// What people and tools want to see of a trace. Each is fed all events in order, then asked for its text.
#pragma once

#include <cstdio>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "trace/read/trace_file.hpp"

namespace gosan::trace {

// Names of goroutines, as far as the events told them.
class actor_names {
 public:
  explicit actor_names(const trace_file& file) : file_(file) {}
  void on_event(const recorded_event& e);
  std::string of(events::actor_id g) const;  // "goroutine 7 \"worker\""

 private:
  const trace_file& file_;
  std::unordered_map<events::actor_id, std::string> names_;
};

// "   0.001234567  goroutine 3 "worker"  chan_send  object 7  a=0"
std::string line_of(const recorded_event& e, const trace_file& file, const actor_names& names);

class statistics {
 public:
  explicit statistics(const trace_file& file) : file_(file), names_(file) {}
  void on_event(const recorded_event& e);
  // Counts by kind, goroutines, the longest waits, the objects most waited for.
  std::string text() const;

 private:
  struct wait {
    std::uint64_t since = 0;
    events::object_id on = 0;
    std::uint64_t why = 0;
  };
  struct long_wait {
    events::actor_id g = 0;
    wait what;
    bool over = false;
  };
  struct contention {
    std::uint64_t waits = 0, ticks = 0, why = 0;
  };
  void ended_wait(events::actor_id g, const wait& w, std::uint64_t now, bool over);

  const trace_file& file_;
  actor_names names_;
  std::map<events::kind, std::uint64_t> counts_;
  std::uint64_t events_ = 0, first_ = 0, last_ = 0, created_ = 0, ended_ = 0, alive_ = 0, most_alive_ = 0;
  std::unordered_map<events::actor_id, wait> waiting_;
  std::unordered_map<events::object_id, contention> contended_;
  std::multimap<std::uint64_t, long_wait> longest_;  // by ticks; the ten longest
};

// Trace Event Format, as Perfetto and chrome://tracing read it: when each goroutine ran, on which thread, and what it did.
class chrome_export {
 public:
  chrome_export(const trace_file& file, std::FILE* out);
  void on_event(const recorded_event& e);
  void finish();

 private:
  void write(const std::string& json);
  void end_slice(const recorded_event& e, double us);

  const trace_file& file_;
  actor_names names_;
  std::FILE* out_;
  bool first_ = true;
  std::unordered_map<std::uint32_t, std::pair<events::actor_id, std::uint64_t>> running_;  // by stream: who, since when
};

// The text format of research tools for traces (STD, as RAPID reads it): "T3|acq(L7)|12" with fork, join, acq and rel. What it
// has no word for is counted and left out.
class std_export {
 public:
  explicit std_export(std::FILE* out) : out_(out) {}
  void on_event(const recorded_event& e);
  std::uint64_t left_out() const { return left_out_; }

 private:
  std::FILE* out_;
  std::uint64_t left_out_ = 0;
};

}  // namespace gosan::trace
