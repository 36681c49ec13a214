// Return addresses by frame pointers. Frames of code built without them are skipped or end the walk; a frame pointer is only
// followed inside the stack the caller runs on, so a garbage one ends the walk and never faults.
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "events/snapshot.hpp"
#include "live/depot.hpp"
#include "live/frame_chain.hpp"
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

// Calls take(pc), with the word of the stack, for each frame from `fp` on, until it returns false.
template <typename Take>
[[gnu::always_inline]] inline void each_return_address(events::stack_range bounds, std::uintptr_t fp, Take take) noexcept {
  const std::uintptr_t last = bounds.high - 2 * sizeof(fp);  // of a frame
  if (fp < bounds.low) return;
  while (fp <= last && fp % alignof(std::uintptr_t) == 0) {
    auto* frame = reinterpret_cast<const std::uintptr_t*>(fp);
    const std::uintptr_t next = frame[0];
    if (!frame[1] || !take(frame[1]) || next <= fp) return;
    fp = next;
  }
}

template <typename Take>
[[gnu::always_inline]] inline void each_frame(events::stack_range bounds, std::uintptr_t fp, Take take) noexcept {
  each_return_address(bounds, fp, [&](const std::uintptr_t& pc) { return take(std::uintptr_t{pc}); });
}

// Of the stack that the frame of the caller's lies on.
events::stack_range stack_with(std::uintptr_t fp) noexcept {
  const events::stack_range bounds = events::current_stack();
  return fp < bounds.low || fp >= bounds.high ? thread_stack() : bounds;
}

[[gnu::always_inline]] inline std::size_t walk(events::stack_range bounds, std::uintptr_t fp, std::uintptr_t* into, std::size_t capacity,
                                               unsigned skip) noexcept {
  std::size_t n = 0;
  if (capacity)
    each_frame(bounds, fp, [&](std::uintptr_t pc) {
      if (skip) return --skip, true;
      into[n++] = pc;
      return n < capacity;
    });
  return n;
}

// Stacks that this thread has captured lately: to look whether one is the same again costs less than to intern it. A handler of the
// program's may come at any moment: a slot is one word.
constexpr std::size_t slots = 32;
thread_local constinit const interned* captured[slots] __attribute__((tls_model("initial-exec"))) = {};
// The same with the places of their frames, for those that are not deep: see there.
thread_local constinit frame_chains chains __attribute__((tls_model("initial-exec")));

// On its own: its array is larger than all that a goroutine needs of its stack otherwise.
[[gnu::noinline]] events::stack_id intern_from(events::stack_range bounds, std::uintptr_t fp, std::size_t capacity, unsigned skip,
                                               const interned*& slot) noexcept {
  std::uintptr_t fresh[256];
  const std::size_t n = walk(bounds, fp, fresh, std::min(capacity, std::size(fresh)), skip);
  if (n == 0) return 0;
  const interned& it = interned_stack({fresh, n});
  slot = &it;
  return it.id.load(relaxed);
}

// Looks whether the stack is the one that was captured here before, and interns it otherwise.
[[gnu::noinline]] events::stack_id capture_slowly(events::stack_range bounds, const std::uintptr_t* first, std::size_t capacity, unsigned skip,
                                                  std::size_t key) noexcept {
  const auto fp = reinterpret_cast<std::uintptr_t>(first);
  const interned*& slot = captured[key % slots];
  const interned* const guess = slot;
  const std::span<const std::uintptr_t> pcs = guess ? guess->stack() : std::span<const std::uintptr_t>{};
  std::size_t n = 0;
  bool same = guess;
  each_frame(bounds, fp, [&, left = skip](std::uintptr_t pc) mutable {
    if (left) return --left, true;
    same = n < pcs.size() && pcs[n] == pc;
    return same && ++n < capacity;
  });
  same = same && n == pcs.size();
  const events::stack_id id = same ? guess->id.load(relaxed) : intern_from(bounds, fp, capacity, skip, slot);
  if (n + skip <= frame_chain::most) chains.learn(key, first, bounds, skip, capacity, id);
  return id;
}

}  // namespace

events::stack_id capture_from(const void* frame, std::size_t capacity, unsigned skip) noexcept {
  return capture_within(stack_with(reinterpret_cast<std::uintptr_t>(frame)), frame, capacity, skip);
}

events::stack_id capture_within(events::stack_range bounds, const void* frame, std::size_t capacity, unsigned skip) noexcept {
  const auto fp = reinterpret_cast<std::uintptr_t>(frame);
  // Most call paths differ in how deep they are or in who called.
  const std::uintptr_t key = (static_cast<const std::uintptr_t*>(frame)[1] ^ (bounds.high - fp) << 4) * 0x9E3779B97F4A7C15u >> 32;
  const auto* first = static_cast<const std::uintptr_t*>(frame);
  if (const events::stack_id known = chains.find(key, first, bounds, skip)) [[likely]] return known;
  return capture_slowly(bounds, first, capacity, skip, key);
}

[[gnu::noinline]] std::size_t walk_stack(std::uintptr_t* into, std::size_t capacity, unsigned skip) noexcept {
  const auto fp = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return walk(stack_with(fp), fp, into, capacity, skip);
}

[[gnu::noinline]] std::uintptr_t called_below(std::uintptr_t call_site, unsigned at_most, const void* from, const std::uintptr_t** where) noexcept {
  const auto fp = reinterpret_cast<std::uintptr_t>(from ? from : __builtin_frame_address(0));
  const std::uintptr_t *below = nullptr, *here = nullptr;
  each_return_address(stack_with(fp), fp, [&](const std::uintptr_t& pc) {
    below = std::exchange(here, &pc);
    return pc != call_site && --at_most;
  });
  *where = below;
  return here && *here == call_site && below ? *below : 0;
}

std::size_t walk_from(const void* frame, std::uintptr_t* into, std::size_t capacity) noexcept {
  const auto fp = reinterpret_cast<std::uintptr_t>(frame);
  return walk(stack_with(fp), fp, into, capacity, 0);
}

std::size_t walk_within(events::stack_range bounds, const void* frame, std::uintptr_t* into, std::size_t capacity) noexcept {
  return walk(bounds, reinterpret_cast<std::uintptr_t>(frame), into, capacity, 0);
}

}  // namespace gosan::live
