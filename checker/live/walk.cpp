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

namespace {

[[gnu::always_inline]] inline std::size_t walk(std::uintptr_t fp, std::uintptr_t* into, std::size_t capacity, unsigned skip) noexcept {
  events::stack_range bounds = events::current_stack();
  if (fp < bounds.low || fp >= bounds.high) bounds = thread_stack();
  const std::uintptr_t last = bounds.high - 2 * sizeof(fp);  // of a frame
  if (fp < bounds.low) return 0;
  std::uintptr_t* const begin = into;
  const std::uintptr_t* const end = into + capacity;
  while (into != end && fp <= last && fp % alignof(std::uintptr_t) == 0) {
    auto* frame = reinterpret_cast<const std::uintptr_t*>(fp);
    const std::uintptr_t next = frame[0], pc = frame[1];
    if (!pc) break;
    if (skip) --skip;
    else *into++ = pc;
    if (next <= fp) break;
    fp = next;
  }
  return static_cast<std::size_t>(into - begin);
}

}  // namespace

[[gnu::noinline]] std::size_t walk_stack(std::uintptr_t* into, std::size_t capacity, unsigned skip) noexcept {
  return walk(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)), into, capacity, skip);
}

std::size_t walk_from(const void* frame, std::uintptr_t* into, std::size_t capacity) noexcept {
  return walk(reinterpret_cast<std::uintptr_t>(frame), into, capacity, 0);
}

}  // namespace gosan::live
