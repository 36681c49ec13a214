#include "trace/record/streams.hpp"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>
#include <new>
#include <utility>

#include "live/live.hpp"
#include "live/spin_lock.hpp"
#include "trace/record/clock.hpp"
#include "trace/record/record.hpp"
#include "trace/record/writer.hpp"

namespace gosan::trace {

constinit thread_local stream* detail::mine __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

// Buffers in use at the most: the memory a slow disk may cost before emitters wait for it.
constexpr std::uint32_t buffer_limit = 512;

constinit std::atomic<stream*> all{nullptr};
constinit std::atomic<std::uint32_t> stream_count{0};
constinit live::spin_lock idle_lock, free_lock;
constinit stream* idle = nullptr;      // guarded by idle_lock
constinit buffer* free_list = nullptr; // guarded by free_lock
constinit std::atomic<std::uint32_t> in_use{0};

stream* reuse() noexcept {
  std::lock_guard hold(idle_lock);
  stream* s = idle;
  if (s) idle = s->idle_next;
  return s;
}

stream* make_stream() noexcept {
  buffer* b = take_buffer();
  void* memory = b ? live::internal_alloc(sizeof(stream)) : nullptr;
  if (!memory) return nullptr;
  auto* s = new (memory) stream;
  s->number = stream_count.fetch_add(1, std::memory_order_relaxed);
  s->first = s->last = b;
  s->state = {.time = b->first};
  stream* head = all.load(std::memory_order_relaxed);
  do s->following = head;
  while (!all.compare_exchange_weak(head, s, std::memory_order_release));  // [STREAM-LIST]
  return s;
}

buffer* from_free_list() noexcept {
  std::lock_guard hold(free_lock);
  buffer* b = free_list;
  if (b) free_list = b->next.load(std::memory_order_relaxed);
  return b;
}

}  // namespace

[[gnu::noinline]] stream* detail::get_stream() noexcept {
  mine = reuse();
  if (!mine) mine = make_stream();
  return mine;
}

void leave_stream() noexcept {
  stream* s = std::exchange(detail::mine, nullptr);
  if (!s) return;
  std::lock_guard hold(idle_lock);
  s->idle_next = idle;
  idle = s;
}

stream* all_streams() noexcept { return all.load(std::memory_order_acquire); }  // [STREAM-LIST]

buffer* take_buffer() noexcept {
  while (in_use.load(std::memory_order_relaxed) >= buffer_limit) {
    if (!detail::on.load(std::memory_order_relaxed)) return nullptr;
    writer::wake();
    writer::wait_for_progress();
  }
  in_use.fetch_add(1, std::memory_order_relaxed);
  buffer* b = from_free_list();
  if (!b) {
    void* memory = live::map_zeroed(buffer_bytes);
    if (!memory) return nullptr;
    b = new (memory) buffer;
  }
  b->used.store({}, std::memory_order_relaxed);
  b->next.store(nullptr, std::memory_order_relaxed);
  b->taken = {};
  b->first = ticks();
  return b;
}

void give_back(buffer* b) noexcept {
  free_kept(b);
  keep_buffer();
}

void keep_buffer() noexcept { in_use.fetch_sub(1, std::memory_order_relaxed); }

void free_kept(buffer* b) noexcept {
  const std::lock_guard hold(free_lock);
  b->next.store(free_list, std::memory_order_relaxed);
  free_list = b;
}

}  // namespace gosan::trace
