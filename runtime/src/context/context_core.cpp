#include "context/context_core.hpp"

#include "sync/actor.hpp"
#include "sync/start.hpp"

namespace gosan::detail {
namespace {

void link(context_core* c, cancel_hook* h) noexcept GOSAN_REQUIRES(c->lock) {
  h->prev = nullptr;
  h->next = c->hooks;
  if (c->hooks) c->hooks->prev = h;
  c->hooks = h;
  h->linked = true;
}

void unlink(context_core* c, cancel_hook* h) noexcept GOSAN_REQUIRES(c->lock) {
  (h->prev ? h->prev->next : c->hooks) = h->next;
  if (h->next) h->next->prev = h->prev;
  h->linked = false;
}

// Another handle of c, unless the last one is gone already.
bool revive(context_core* c) noexcept {
  std::uint64_t n = c->refs.load(std::memory_order_relaxed);
  while (n != 0)
    if (c->refs.compare_exchange_weak(n, n + 1, std::memory_order_relaxed)) return true;
  return false;
}

// Everything that c's list asks for; children that are to be cancelled next are added to `work`,
// held.
void run_hooks(context_core* c, context_core*& work) noexcept GOSAN_REQUIRES(c->lock) {
  while (cancel_hook* h = c->hooks) {
    unlink(c, h);
    if (!h->child) {
      h->fire(h);
    } else if (revive(h->child)) {
      h->child->next_to_cancel = work;
      work = h->child;
    }
  }
}

// One node. `work`: as above.
void cancel_one(context_core* c, errc why, const std::exception_ptr& cause,
                context_core*& work) noexcept {
  held_lock held(c->lock);
  if (c->error.load(std::memory_order_relaxed) != 0) return;
  c->cause = cause;
  emit_here(events::kind::ctx_cancel, c->id());
  edge_releases(&c->error);
  c->error.store(static_cast<std::uint8_t>(why), std::memory_order_release);  // [CTX-1] meets err()
  waiter* woken = close_locked(c);
  run_hooks(c, work);
  held.unlock();
  wake_all(woken);
  if (c->timed && rt::timer_stop(&c->timer))
    chan_release(c);  // the timer's reference; the caller has its own
  detach(c);
}

// The function of an after_func: started once, unless it was stopped.
void start_function(context_core* c) noexcept {
  if (!claim_function(c)) return;
  start(std::exchange(c->function, {}), c->creation_pc);
  chan_release(c);  // the registration's reference
}

}  // namespace

bool claim_function(context_core* c) noexcept {
  spin_guard held(c->lock);
  return c->error.exchange(1, std::memory_order_relaxed) == 0;
}

void detach(context_core* c) noexcept {
  auto* up = core_of(c->parent.get());
  if (up && up->root) remove_hook(up->root, &c->self);
}

void register_child(context_core* c) noexcept {
  context_core* root = core_of(c->parent.get())->root;
  if (!root) return;
  c->self.child = c;
  if (add_hook(root, &c->self)) return;
  if (c->what == context_kind::after_func)
    start_function(c);
  else
    cancel(c, static_cast<errc>(root->error.load(std::memory_order_relaxed)), root->cause);
}

void cancel(context_core* c, errc why, std::exception_ptr cause) noexcept {
  context_core* work = nullptr;
  cancel_one(c, why, cause, work);
  while (work) {
    context_core* child = work;
    work = child->next_to_cancel;
    if (child->what == context_kind::after_func)
      start_function(child);
    else
      cancel_one(child, why, cause, work);
    chan_release(child);
  }
}

bool add_hook(context_core* root, cancel_hook* h) noexcept {
  spin_guard held(root->lock);
  if (root->error.load(std::memory_order_relaxed) != 0) return false;
  link(root, h);
  return true;
}

bool remove_hook(context_core* root, cancel_hook* h) noexcept {
  spin_guard held(root->lock);
  if (!h->linked) return false;
  unlink(root, h);
  return true;
}

}  // namespace gosan::detail
