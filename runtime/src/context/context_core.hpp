// A node of the tree of contexts. It is a channel core too, its done channel, so that the handle of
// the context and the handles that done() returns share one reference count: the node lives as long
// as one of them.
//
// Ownership: a child holds its parent. A parent lists its children by hooks without holding them; a
// child takes itself out when it goes (under the parent's lock), and a parent that cancels revives
// nobody whose count has reached zero. Guarded by the core's `lock`: error, cause, hooks, and the
// fields of the hooks in the list. Lock order: parent before child (at most two), context before
// semaphore and before the scheduler.
#pragma once

#include "chan/chan_core.hpp"
#include "gosan/context.hpp"

namespace gosan::detail {

// Something that happens when a context is done.
struct cancel_hook {
  cancel_hook* next = nullptr;
  cancel_hook* prev = nullptr;
  bool linked = false;
  // Called once, under the context's lock, when the hook was taken out because of the cancellation.
  void (*fire)(cancel_hook*) noexcept = nullptr;
  context_core* child = nullptr;  // instead of fire: the context or function that is due too
};

enum class context_kind : std::uint8_t { cancelable, value, uncancelable, after_func };

struct context_core : chan_core {
  // Constant after construction.
  context_kind what = context_kind::cancelable;
  chan_ref parent;
  context_core* root = nullptr;  // nearest ancestor-or-self that can be cancelled, or null
  const void* key = nullptr;
  erased_value value{};
  std::optional<context::time_point> deadline;
  bool timed = false;           // has a timer of its own
  void* creation_pc = nullptr;  // of after_func

  std::atomic<std::uint8_t> error{0};  // an errc; written under lock
  std::exception_ptr cause;
  cancel_hook* hooks = nullptr;
  cancel_hook self;  // in the list of the parent's root
  context_core* next_to_cancel = nullptr;
  events::object_tag drops_tag;
  rt::timer timer;             // holds a reference while armed
  erased_function function{};  // of after_func: holds a reference while the hook is registered
};

inline context_core* core_of(chan_core* c) noexcept { return static_cast<context_core*>(c); }

struct context_access {
  static context_core* core(const context& c) noexcept { return core_of(c.ref_.get()); }
  static const chan_ref& ref(const context& c) noexcept { return c.ref_; }
  static context make(chan_ref r) noexcept { return context(std::move(r)); }
  template <class F>
  static F function(context c) noexcept {
    return F(std::move(c));
  }
  static const context& of(const stop_func& f) noexcept { return f.ctx_; }
};

// Cancels c and everything below it. Does nothing when it is done already.
void cancel(context_core* c, errc why, std::exception_ptr cause) noexcept;
// Puts c under its parent: due with it, at once when that is done. REQUIRES: c has a parent.
void register_child(context_core* c) noexcept;
// Takes c out of its parent's list, if it is in it.
void detach(context_core* c) noexcept;
// True for the one who may start, or drop, the function of an after_func.
bool claim_function(context_core* c) noexcept;
// False: root is done already, and the hook was not put in.
bool add_hook(context_core* root, cancel_hook* h) noexcept;
// True: it will not fire. False: it has fired; `fire` has returned.
bool remove_hook(context_core* root, cancel_hook* h) noexcept;

}  // namespace gosan::detail
