#include "trace/record/record.hpp"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "gosan/verify.hpp"
#include "live/detectors.hpp"
#include "options/options.hpp"
#include "trace/record/clock.hpp"
#include "trace/record/moment.hpp"
#include "trace/record/streams.hpp"
#include "trace/record/writer.hpp"

namespace gosan::trace {

constinit std::atomic<bool> detail::on{false};

namespace {

constinit bool has_window = false;  // constant after start()
constinit std::atomic<bool> begun{false};  // one recording a process: streams go on where they are

// A buffer with room; null when there is none.
[[gnu::noinline]] buffer* next_buffer(stream& s) noexcept {
  buffer* fresh = take_buffer();
  if (!fresh) return nullptr;
  s.state = {.time = fresh->first};
  s.before = events::kind::count_;
  s.last->next.store(fresh, std::memory_order_release);  // [STREAM-NEXT]
  s.last = fresh;
  writer::filled();
  return fresh;
}

// Room for one more event.
inline buffer* room(stream& s) noexcept {
  buffer* b = s.last;
  const filling used = b->used.load(std::memory_order_relaxed);
  return used.events + used.times + max_event_bytes <= sizeof b->data ? b : next_buffer(s);
}

// The time of an event that has one of its own. That somebody waits orders nothing and changes no object: it may seem to come a moment
// earlier, after all that its thread told before.
inline std::uint64_t time_of(const events::event& e, order_of_times by) noexcept {
  return by == order_of_times::own || e.what == events::kind::park ? ticks_unfenced() : ticks();
}

inline std::uint64_t time_of(const events::event& e, std::uint64_t before, bool in_its_moment) noexcept {
  const order_of_times by = times_of(e.what);
  if (by == order_of_times::clock) return in_its_moment ? before : std::max(time_of(e, by), before);
  std::atomic<std::uint64_t>& told = live::uses_of(e.obj)->told_at;
  const std::uint64_t now = in_its_moment ? before : time_after(time_of(e, by), before, told.load(std::memory_order_relaxed));
  told.store(now, std::memory_order_relaxed);  // [TOLD-AT] under the channel's lock
  return now;
}

}  // namespace

[[gnu::noinline]] void detail::record(const events::event& e, events::stack_id stack) noexcept {
  stream* s = this_stream();
  if (!s || s->busy) return;
  s->busy = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (buffer* b = room(*s)) {
    const filling used = b->used.load(std::memory_order_relaxed);
    const std::uint64_t before = s->state.time;
    if (!goes_without_saying(e, s->before, s->state)) {
      const std::uint64_t now = time_of(e, before, in_the_moment_of(e, s->before, s->state));
      unsigned char* const end = b->data + sizeof b->data;
      const coding_place next = encode(e, stack, now, s->state, s->shapes, {b->data + used.events, end - used.times});
      b->used.store({static_cast<std::uint32_t>(next.events - b->data), static_cast<std::uint32_t>(end - next.times)},
                    std::memory_order_release);  // [STREAM-USED]
    }
    s->before = e.what;
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  s->busy = false;
  if (e.what == events::kind::thread_end) leave_stream();
}

bool start(const char* path) noexcept {
  const options& o = process_options();
  if (begun.exchange(true)) return errno = EBUSY, false;
  if (!writer::start({.path = path, .window_ns = o.trace_window * 1'000'000, .memory_bytes = o.trace_memory})) {
    begun.store(false);
    return false;
  }
  has_window = o.trace_window != 0;
  // The child has no writer, and the file is the parent's.
  pthread_atfork(nullptr, nullptr, [] { detail::on.store(false); });
  detail::on.store(true);
  live::update_wanted();
  return true;
}

void start() noexcept {
  const options& o = process_options();
  if (o.trace.empty() || detail::on.load() || start(o.trace.c_str())) return;
  std::fprintf(stderr, "gosan: cannot write trace '%s': %s\n", o.trace.c_str(), std::strerror(errno));
}

void on_finding() noexcept {
  if (has_window && detail::on.load(std::memory_order_relaxed)) writer::flush(0);
}

void finish() noexcept {
  if (detail::on.exchange(false)) writer::stop();
}

void emergency_flush() noexcept {
  if (detail::on.load()) writer::flush(200);
}

}  // namespace gosan::trace

namespace gosan {

bool start_trace(const char* path) noexcept { return trace::start(path); }
void stop_trace() noexcept { trace::finish(); }

}  // namespace gosan
