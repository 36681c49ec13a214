// Contexts: a tree along which cancellation, deadlines and values travel, as in Go.
//
//   auto [ctx, cancel] = with_timeout(parent, 2s);
//   defer d{[cancel = cancel] { cancel(); }};
//
// A context is a handle; copying it is cheap. It is done once it was cancelled, once its deadline
// has come, or once its parent is done, whichever is first; the reason then never changes. Its
// children are done before the cancelling call returns. A context that is never done (background,
// without_cancel) has the nil channel as done(). Nothing here blocks. All of it is thread safe and
// callable from goroutines and OS threads. A context and its cancel function keep what they need
// alive; dropping all handles frees it, and removes it from its parent. What happens before what:
// what comes before the cancelling call, before a receive from done() that returns because of it.
// Source: Go's package context.
#pragma once

#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include "gosan/chan.hpp"
#include "gosan/detail/erased_function.hpp"
#include "gosan/go.hpp"

namespace gosan {

// Why a context is done.
enum class errc { canceled = 1, deadline_exceeded };
const std::error_category& context_category() noexcept;
inline std::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), context_category()};
}

}  // namespace gosan

template <>
struct std::is_error_code_enum<gosan::errc> : std::true_type {};

namespace gosan {

class context;

namespace detail {

struct context_core;  // context/context_core.hpp

// The type of the value that a Key stands for: Key::type when there is one, otherwise Key itself.
template <class Key>
struct context_value {
  using type = Key;
};
template <class Key>
  requires requires { typename Key::type; }
struct context_value<Key> {
  using type = typename Key::type;
};

template <class Key>
inline constexpr char context_key = 0;  // its address is the key

struct erased_value {
  void* object;
  void (*destroy)(void*) noexcept;
};

struct context_access;

recv_chan<void> context_done(chan_core* c) noexcept;
std::error_code context_err(chan_core* c) noexcept;
std::exception_ptr context_cause(chan_core* c) noexcept;
std::optional<std::chrono::steady_clock::time_point> context_deadline(chan_core* c) noexcept;
const void* context_find(chan_core* c, const void* key) noexcept;
void context_cancel(chan_core* c, std::exception_ptr cause) noexcept;
bool context_stop(chan_core* c) noexcept;  // the registration of an after_func

}  // namespace detail

// For race detection, using the variable that holds one, or a cancel function, reads it.
class context {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // The same as background().
  context() noexcept = default;
  // The root: never done, no values, no deadline.
  static context background() noexcept { return {}; }

  // Closed when the context is done. The nil channel when it never will be.
  recv_chan<void> done() const noexcept { return detail::context_done(ref_.get()); }
  // No error before it is done.
  std::error_code err() const noexcept { return detail::context_err(ref_.get()); }
  // What was given to the cancel function of this context or of the ancestor that was cancelled; a
  // std::system_error of err() when nothing was. Null before it is done.
  std::exception_ptr cause() const noexcept { return detail::context_cause(ref_.get()); }
  std::optional<time_point> deadline() const noexcept { return detail::context_deadline(ref_.get()); }
  // The value stored nearest on the way to the root; null when there is none. Lives as long as a
  // handle of this context.
  template <class Key>
  const typename detail::context_value<Key>::type* value() const noexcept {
    return static_cast<const typename detail::context_value<Key>::type*>(
        detail::context_find(ref_.get(), &detail::context_key<Key>));
  }

  friend bool operator==(const context& a, const context& b) noexcept {
    return a.ref_.get() == b.ref_.get();
  }

 private:
  explicit context(detail::chan_ref r) noexcept : ref_(std::move(r)) {}
  friend struct detail::context_access;
  friend class cancel_func;
  friend class cancel_cause_func;
  friend class stop_func;

  detail::chan_ref ref_;
};

// Cancels its context when called; later calls do nothing. Copyable.
class cancel_func {
 public:
  cancel_func() noexcept = default;
  void operator()() const noexcept { detail::context_cancel(ctx_.ref_.get(), nullptr); }

 private:
  explicit cancel_func(context c) noexcept : ctx_(std::move(c)) {}
  friend struct detail::context_access;
  context ctx_;
};

// The same, with a cause: an exception, an error code, or nothing.
class cancel_cause_func {
 public:
  cancel_cause_func() noexcept = default;
  void operator()() const noexcept { (*this)(std::exception_ptr()); }
  void operator()(std::exception_ptr cause) const noexcept { detail::context_cancel(ctx_.ref_.get(), std::move(cause)); }
  void operator()(std::error_code cause) const noexcept {
    (*this)(std::make_exception_ptr(std::system_error(cause)));
  }
  template <class E>
    requires std::derived_from<E, std::exception>
  void operator()(const E& cause) const noexcept {
    (*this)(std::make_exception_ptr(cause));
  }

 private:
  explicit cancel_cause_func(context c) noexcept : ctx_(std::move(c)) {}
  friend struct detail::context_access;
  context ctx_;
};

struct [[nodiscard]] cancelable {
  context ctx;
  cancel_func cancel;
};
struct [[nodiscard]] cause_cancelable {
  context ctx;
  cancel_cause_func cancel;
};

cancelable with_cancel(context parent);
cause_cancelable with_cancel_cause(context parent);
// Done at t at the latest. `cancel` should be called as soon as the context is of no use any more:
// it frees the timer.
cancelable with_deadline(context parent, context::time_point t);
cancelable with_timeout(context parent, context::time_point::duration d);
// The values of the parent, not its cancellation.
context without_cancel(context parent);

template <class Key>
context with_value(const context& parent, typename detail::context_value<Key>::type v);

// Stops a function that after_func has registered. True: it will not run. False: it has been
// started, or was stopped before.
class stop_func {
 public:
  stop_func() noexcept = default;
  bool operator()() const noexcept { return detail::context_stop(ctx_.ref_.get()); }

 private:
  explicit stop_func(context c) noexcept : ctx_(std::move(c)) {}
  friend struct detail::context_access;
  context ctx_;
};

// Runs f in a goroutine of its own once ctx is done; at once when it is. Dropping the result stops
// nothing.
template <std::invocable F>
stop_func after_func(const context& ctx, F&& f);

// ---- Implementation ----

namespace detail {

context make_value_context(context parent, const void* key, erased_value v);

stop_func context_after(context ctx, erased_function f, void* creation_pc);

}  // namespace detail

template <class Key>
context with_value(const context& parent, typename detail::context_value<Key>::type v) {
  using value = typename detail::context_value<Key>::type;
  return detail::make_value_context(
      parent, &detail::context_key<Key>,
      {new value(std::move(v)), [](void* p) noexcept { delete static_cast<value*>(p); }});
}

template <std::invocable F>
[[gnu::noinline]] stop_func after_func(const context& ctx, F&& f) {
  return detail::context_after(ctx, detail::erase(std::forward<F>(f)), detail::creation_site());
}

}  // namespace gosan
