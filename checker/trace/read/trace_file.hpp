// Reads a trace: its tables at once, its events in the order of the run, with a buffer per stream in memory.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gosan/finding.hpp"
#include "trace/event_coding.hpp"

namespace gosan::trace {

struct module_entry {
  std::uint64_t low = 0, high = 0, bias = 0;
  std::string path;
};

struct recorded_event : events::event {
  std::uint64_t time = 0;      // ticks
  std::uint32_t stream = 0;
};

// Bytes of a trace: a mapped file, or memory in tests.
class trace_data {
 public:
  // Throws report::user_error that names the file.
  explicit trace_data(const std::string& path);
  explicit trace_data(std::span<const unsigned char> memory) : bytes_(memory) {}
  ~trace_data();
  trace_data(const trace_data&) = delete;
  trace_data& operator=(const trace_data&) = delete;
  std::span<const unsigned char> bytes() const { return bytes_; }

 private:
  std::span<const unsigned char> bytes_;
  bool mapped_ = false;
};

class trace_file {
 public:
  // Finds the blocks and reads the tables. Throws report::user_error when it is no trace at all: empty, foreign, of a
  // version not known here. Damage further in is a fault, and everything around it is read.
  trace_file(std::span<const unsigned char> bytes, std::string name);

  // Hands over every event. `progress` is told the bytes done so far, now and then.
  void each_event(const std::function<void(const recorded_event&)>& use,
                  const std::function<void(std::uint64_t done, std::uint64_t all)>& progress = {});

  // "offset 4711: ..." per place that could not be read; those of events are known after each_event().
  const std::vector<std::string>& faults() const { return faults_; }
  std::uint32_t pid() const { return pid_; }
  // Nanoseconds since the first clock record.
  std::int64_t ns_of(std::uint64_t ticks) const;

  std::string_view text(events::text_id id) const;
  std::span<const std::uint64_t> stack(events::stack_id id) const;
  call_stack frames_of(std::span<const std::uint64_t> return_addresses) const;
  call_stack frames_of(events::stack_id id) const { return frames_of(stack(id)); }

 private:
  struct block {
    block_header head;
    std::uint64_t offset;  // of the payload
  };
  class cursor;

  void read_header();
  void find_blocks();
  std::uint64_t next_block_after(std::uint64_t offset) const;
  void read_tables(const std::vector<block>& blocks);
  void read_table(const std::vector<unsigned char>& payload, std::uint64_t offset);
  const unsigned char* read_record(const unsigned char* p, const unsigned char* end);
  // False, with a fault, when the block is damaged.
  bool unpack(const block& b, std::vector<unsigned char>& into);
  void fault(std::uint64_t offset, std::string_view what);

  std::span<const unsigned char> bytes_;
  std::string name_;
  std::uint32_t pid_ = 0;
  std::map<std::uint32_t, std::vector<block>> streams_;
  std::vector<std::string> faults_;
  std::vector<module_entry> modules_;
  std::unordered_map<events::stack_id, std::vector<std::uint64_t>> stacks_;
  std::unordered_map<events::text_id, std::string> texts_;
  std::uint64_t first_ticks_ = 0, first_ns_ = 0, last_ticks_ = 0, last_ns_ = 0;
};

}  // namespace gosan::trace
