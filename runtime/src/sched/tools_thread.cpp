#include <pthread.h>

#include "events/sink.hpp"
#include "sched/scheduler.hpp"

namespace gosan::rt {
namespace {

std::uintptr_t lowest_of_this_stack() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* low = nullptr;
  std::size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  return reinterpret_cast<std::uintptr_t>(low);
}

}  // namespace

tools_thread::tools_thread(const void* frame) noexcept {
  the_scheduler.own_threads.fetch_add(1);
  if constexpr (!events::recording) return;
  low_ = lowest_of_this_stack();
  high_ = reinterpret_cast<std::uintptr_t>(frame);
  hold h(the_scheduler.mu);
  next_ = the_scheduler.tools_threads;
  the_scheduler.tools_threads = this;
}

tools_thread::~tools_thread() {
  the_scheduler.own_threads.fetch_sub(1);
  if constexpr (!events::recording) return;
  hold h(the_scheduler.mu);
  tools_thread** at = &the_scheduler.tools_threads;
  while (*at != this) at = &(*at)->next_;
  *at = next_;
}

// Whoever changes the list meanwhile is stopped, after or before the one store that makes the change.
const tools_thread* tools_thread::first() noexcept GOSAN_NO_ANALYSIS { return the_scheduler.tools_threads; }

}  // namespace gosan::rt
