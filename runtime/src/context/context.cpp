#include "gosan/context.hpp"

#include <string>

#include "context/context_core.hpp"
#include "sync/actor.hpp"

namespace gosan {
namespace detail {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "gosan.context"; }
  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::canceled:
        return "context canceled";
      case errc::deadline_exceeded:
        return "context deadline exceeded";
    }
    return "unknown";
  }
};

// Frees a node, and then its parent when that was kept by this child only, and so on: no recursion,
// chains may be long.
void dispose(chan_core* c) noexcept {
  for (;;) {
    context_core* node = core_of(c);
    detach(node);
    chan_ref up = std::move(node->parent);
    if (node->value.object) node->value.destroy(node->value.object);
    if (node->function.object) node->function.destroy(node->function.object);
    if (node->what == context_kind::cancelable) destroy_elements(node);
    delete node;
    chan_core* parent = up.leak();
    if (!parent || !release_last(parent)) return;
    c = parent;
  }
}

context_core* make(const context& parent, context_kind what) {
  auto node = std::make_unique<context_core>();
  node->what = what;
  node->parent = context_access::ref(parent);
  node->dispose = &dispose;
  node->ops = &element<void>::ops;
  context_core* up = context_access::core(parent);
  if (what == context_kind::value || (up && up->drops)) node->drops = &node->drops_tag;
  if (what == context_kind::cancelable) {
    chan_init(node.get(), 0, element<void>::ops, nullptr, &dispose);
    node->root = node.get();
    if (up && up->root) node->deadline = up->root->deadline;
    if constexpr (events::recording)
      emit_here(events::kind::ctx_make, node->id(), up && up->root ? up->root->id() : 0,
                node->id());
  } else if (what == context_kind::value) {
    node->root = up ? up->root : nullptr;
  }
  return node.release();
}

context adopt(context_core* c) noexcept { return context_access::make(chan_ref(c)); }

void deadline_fired(rt::timer*, void* arg) noexcept {
  auto* c = static_cast<context_core*>(arg);
  cancel(c, errc::deadline_exceeded, nullptr);
  chan_release(c);
}

context make_cancelable(const context& parent) {
  context_core* c = make(parent, context_kind::cancelable);
  context ctx = adopt(c);
  if (c->parent.get()) register_child(c);
  return ctx;
}

context make_timed(const context& parent, context::time_point t) {
  context_core* c = make(parent, context_kind::cancelable);
  context ctx = adopt(c);
  if (!c->deadline || t < *c->deadline) {
    c->deadline = t;
    c->timed = true;
    c->timer.when = t;
    c->timer.fire = &deadline_fired;
    c->timer.arg = c;
    chan_retain(c);
    rt::timer_start(&c->timer);
  }
  if (c->parent.get()) register_child(c);
  if (c->timed && t <= rt::clock::now()) cancel(c, errc::deadline_exceeded, nullptr);
  return ctx;
}

}  // namespace

context make_value_context(context parent, const void* key, erased_value v) {
  context_core* c = make(parent, context_kind::value);
  c->key = key;
  c->value = v;
  return adopt(c);
}

stop_func context_after(context ctx, erased_function f, void* creation_pc) {
  context_core* c = make(ctx, context_kind::after_func);
  c->function = f;
  c->creation_pc = creation_pc;
  context handle = adopt(c);
  if (c->parent.get() && core_of(c->parent.get())->root) {
    chan_retain(c);
    register_child(c);
  }
  return context_access::function<stop_func>(std::move(handle));
}

recv_chan<void> context_done(chan_core* core) noexcept {
  context_core* c = core_of(core);
  if (!c || !c->root) return {};
  chan_retain(c->root);
  return chan_access::make<recv_chan<void>>(chan_ref(c->root));
}

std::error_code context_err(chan_core* core) noexcept {
  context_core* c = core_of(core);
  if (!c || !c->root) return {};
  auto e = c->root->error.load(std::memory_order_acquire);  // [CTX-1]
  edge_acquired(&c->root->error);
  return e == 0 ? std::error_code() : make_error_code(static_cast<errc>(e));
}

std::exception_ptr context_cause(chan_core* core) noexcept {
  std::error_code e = context_err(core);
  if (!e) return nullptr;
  context_core* root = core_of(core)->root;
  {
    spin_guard held(root->lock);
    if (root->cause) return root->cause;
  }
  return std::make_exception_ptr(std::system_error(e));
}

std::optional<context::time_point> context_deadline(chan_core* core) noexcept {
  context_core* c = core_of(core);
  return c && c->root ? c->root->deadline : std::nullopt;
}

const void* context_find(chan_core* core, const void* key) noexcept {
  for (context_core* c = core_of(core); c; c = core_of(c->parent.get()))
    if (c->key == key) return c->value.object;
  return nullptr;
}

void context_cancel(chan_core* c, std::exception_ptr cause) noexcept {
  if (c) cancel(core_of(c), errc::canceled, std::move(cause));
}

bool context_stop(chan_core* core) noexcept {
  context_core* c = core_of(core);
  if (!c || !claim_function(c)) return false;
  detach(c);
  erased_function f = std::exchange(c->function, {});
  f.destroy(f.object);
  if (core_of(c->parent.get()) && core_of(c->parent.get())->root)
    chan_release(c);  // the registration's reference
  return true;
}

}  // namespace detail

using namespace detail;

const std::error_category& context_category() noexcept {
  static const category it;
  return it;
}

cancelable with_cancel(context parent) {
  context ctx = make_cancelable(parent);
  return {ctx, context_access::function<cancel_func>(ctx)};
}

cause_cancelable with_cancel_cause(context parent) {
  context ctx = make_cancelable(parent);
  return {ctx, context_access::function<cancel_cause_func>(ctx)};
}

cancelable with_deadline(context parent, context::time_point t) {
  context ctx = make_timed(parent, t);
  return {ctx, context_access::function<cancel_func>(ctx)};
}

cancelable with_timeout(context parent, context::time_point::duration d) {
  return with_deadline(std::move(parent), rt::clock::now() + d);
}

context without_cancel(context parent) {
  return adopt(make(parent, context_kind::uncancelable));
}

}  // namespace gosan
