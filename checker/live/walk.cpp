// Return addresses by frame pointers. Frames of code built without them are skipped or end the walk; a frame pointer is only
// followed inside the stack the caller runs on, so a garbage one ends the walk and never faults.
#include <pthread.h>
#include <signal.h>

#include "events/snapshot.hpp"
#include "live/live.hpp"

namespace gosan::live {

namespace {

// pthread_getattr_np holds libc's lock of the thread, and a handler of the program's that came meanwhile could ask for the same: signals are
// held back.
bool attributes_of_this_thread(pthread_attr_t& into) noexcept {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const bool got = pthread_getattr_np(pthread_self(), &into) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return got;
}

}  // namespace

events::stack_range thread_stack() noexcept {
  static thread_local events::stack_range known;
  if (known.low) return known;
  pthread_attr_t attributes;
  if (!attributes_of_this_thread(attributes)) return known;
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
