// What each thread emitted and the writer has not taken yet.
//
// A stream is a list of buffers. Its thread fills the last one; the writer reads from the first and gives back those that
// have a successor. They share only `used` and `next` of a buffer, so an emitter never waits for the writer's file:
//   used   stored by the thread with release after the bytes [STREAM-USED]; loaded by the writer with acquire
//   next   stored by the thread with release after its last store to `used` [STREAM-NEXT]; the writer loads `next` first and
//          `used` after it, so with a successor it sees the final `used`
#pragma once

#include <atomic>
#include <cstdint>

#include "trace/event_coding.hpp"

namespace gosan::trace {

inline constexpr std::size_t buffer_bytes = 64 * 1024;

// How much of a buffer is in use: events from its start on, times from its end downwards.
struct filling {
  std::uint32_t events = 0, times = 0;  // bytes
  bool operator==(const filling&) const = default;
};

struct buffer {
  std::atomic<filling> used{filling{}};
  std::atomic<buffer*> next{nullptr};
  std::uint64_t first = 0;  // time before its first event; constant once it is in a stream
  filling taken;            // by the writer; its own
  unsigned char data[buffer_bytes - 64];
};
static_assert(std::atomic<filling>::is_always_lock_free);
static_assert(sizeof(buffer) <= buffer_bytes);

struct stream {
  std::uint32_t number = 0;
  stream* following = nullptr;       // in the list of all; constant once it is in it
  stream* idle_next = nullptr;       // in the list of those whose thread has ended; under its lock
  buffer* first = nullptr;           // the writer's
  buffer* last = nullptr;            // the thread's, as all below
  coding_state state;
  events::kind before = events::kind::count_;  // of the last event; count_ in an empty buffer
  shape_table shapes;
  bool busy = false;                 // set while an event is encoded: a signal handler's event is dropped then
};

namespace detail {
extern constinit thread_local stream* mine __attribute__((tls_model("initial-exec")));
stream* get_stream() noexcept;
}  // namespace detail

// The calling thread's stream, made at the first use. Null when memory is short.
inline stream* this_stream() noexcept { return detail::mine ? detail::mine : detail::get_stream(); }
// The calling thread ends: its stream may serve another one.
void leave_stream() noexcept;
// All streams, newest first.
stream* all_streams() noexcept;

// A buffer, empty; waits while the writer is too far behind to give one back. Null when memory is short or recording ended.
buffer* take_buffer() noexcept;
// What was taken is given back, or kept first: then it no longer holds anybody up, and is freed in the end.
void give_back(buffer* b) noexcept;
void keep_buffer() noexcept;
void free_kept(buffer* b) noexcept;

}  // namespace gosan::trace
