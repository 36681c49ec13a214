// Return addresses by frame pointers. Frames of code built without them are skipped or end the walk; a frame pointer is only
// followed inside the stack the caller runs on, so a garbage one ends the walk and never faults.
#include <pthread.h>

#include "events/snapshot.hpp"
#include "live/live.hpp"

namespace gosan::live {

events::stack_range thread_stack() noexcept {
  static thread_local events::stack_range known;
  if (known.low) return known;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes)) return known;
  void* low = nullptr;
  std::size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  known = {reinterpret_cast<std::uintptr_t>(low), reinterpret_cast<std::uintptr_t>(low) + size};
  return known;
}

[[gnu::noinline]] std::size_t walk_stack(std::uintptr_t* into, std::size_t capacity, unsigned skip) noexcept {
  auto fp = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  events::stack_range bounds = events::current_stack();
  if (fp < bounds.low || fp >= bounds.high) bounds = thread_stack();
  std::size_t n = 0;
  while (n < capacity && fp >= bounds.low && fp + 2 * sizeof(fp) <= bounds.high && fp % alignof(std::uintptr_t) == 0) {
    auto* frame = reinterpret_cast<const std::uintptr_t*>(fp);
    if (!frame[1]) break;
    if (skip) --skip;
    else into[n++] = frame[1];
    if (frame[0] <= fp) break;
    fp = frame[0];
  }
  return n;
}

}  // namespace gosan::live
