// semaphore: units are handed over: who releases takes them for those it wakes, in the order of the
// queue.
#include "gosan/sync.hpp"

#include <stdexcept>

#include "context/context_core.hpp"
#include "sync/sync_queue.hpp"

namespace gosan {
namespace detail {

// A wait that a context can end.
struct semaphore_wait {
  sync_waiter w;
  cancel_hook hook;
  semaphore* sem;

  // Under the context's lock: the context was cancelled. Takes the waiter out, unless it was
  // granted before.
  static void give_up(cancel_hook* h) noexcept {
    auto* self = reinterpret_cast<semaphore_wait*>(reinterpret_cast<char*>(h) -
                                                   offsetof(semaphore_wait, hook));
    held_lock held(self->sem->guard_);
    if (!self->w.linked) return;
    bool first = self->sem->queue_.head == &self->w;
    unlink(self->sem->queue_, self->w);
    rt::goroutine* g = self->w.parked ? self->w.g : nullptr;
    sync_waiter* woken = first ? self->sem->grant() : nullptr;  // those behind it may fit
    held.unlock();
    if (g) rt::ready(g);
    ready_all(woken);
  }
};

}  // namespace detail

using namespace detail;
using events::kind;

semaphore::~semaphore() {
  object_gone(gosan_id_, !queue_.empty(), "semaphore destroyed while a goroutine waits for it");
}

// Under guard_: takes n units when that passes nobody by.
bool semaphore::take(std::int64_t n) noexcept {
  if (!queue_.empty() || n > free_) return false;
  free_ -= n;
  emit_here(kind::sem_acquire, id_of(gosan_id_), static_cast<std::uint64_t>(n));
  return true;
}

// Under guard_: hands units to the first waiters, as far as they go. Those that must be made ready,
// linked by `next`.
sync_waiter* semaphore::grant() noexcept {
  sync_waiter* woken = nullptr;
  sync_waiter** last = &woken;
  while (queue_.head && static_cast<std::int64_t>(queue_.head->amount) <= free_) {
    sync_waiter* w = pop_front(queue_);
    free_ -= static_cast<std::int64_t>(w->amount);
    w->granted = true;
    if constexpr (events::recording)
      events::emit({.what = kind::sem_acquire,
                    .g = rt::id_of(w->g),
                    .obj = id_of(gosan_id_),
                    .a = w->amount});
    w->next = nullptr;
    if (!w->parked) continue;
    *last = w;
    last = &w->next;
  }
  return woken;
}

void semaphore::acquire(std::int64_t n) noexcept {
  decision_point();
  held_lock held(guard_);
  if (take(n)) return;
  sync_waiter w{.g = rt::self(), .amount = static_cast<std::uint64_t>(n), .parked = true};
  push_back(queue_, w);
  held.park(events::wait_reason::sem_acquire, id_of(gosan_id_));
}

std::error_code semaphore::acquire(const context& ctx, std::int64_t n) {
  decision_point();
  if (std::error_code e = ctx.err()) return e;
  context_core* c = context_access::core(ctx);
  context_core* root = c ? c->root : nullptr;
  if (!root) return acquire(n), std::error_code();
  semaphore_wait wait{{.g = rt::self(), .amount = static_cast<std::uint64_t>(n)}, {}, this};
  {
    held_lock held(guard_);
    if (take(n)) return {};
    push_back(queue_, wait.w);
  }
  wait.hook.fire = &semaphore_wait::give_up;
  bool hooked = add_hook(root, &wait.hook);
  if (!hooked) semaphore_wait::give_up(&wait.hook);
  {
    held_lock held(guard_);
    if (wait.w.linked) {
      wait.w.parked = true;
      held.park(events::wait_reason::sem_acquire, id_of(gosan_id_));
    }
  }
  if (hooked) remove_hook(root, &wait.hook);
  return wait.w.granted ? std::error_code() : ctx.err();
}

bool semaphore::try_acquire(std::int64_t n) noexcept {
  decision_point();
  spin_guard held(guard_);
  return take(n);
}

void semaphore::release(std::int64_t n) {
  decision_point();
  held_lock held(guard_);
  if (n < 0 || n > size_ - free_) {
    held.unlock();
    throw std::logic_error("semaphore: more released than was held");
  }
  emit_here(kind::sem_release, id_of(gosan_id_), static_cast<std::uint64_t>(n));
  free_ += n;
  sync_waiter* woken = grant();
  held.unlock();
  ready_all(woken);
}

}  // namespace gosan
