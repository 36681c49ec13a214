// select: waits for the first of several channel operations, as in Go.
//
//   int i = select(recv_case(jobs, [](std::optional<job> j) { ... }),
//                  send_case(results, r, [] { ... }),
//                  default_case([] { ... }));
//
// Among the cases that are ready one is taken at random, each with the same chance. When none is:
// the default case if there is one, otherwise the caller waits. A nil channel is never ready;
// without a case that could become ready the caller waits for ever. Callable from goroutines and OS
// threads; may block unless there is a default case.
//
// The handler of the taken case runs in select's caller, after the operation is complete and with
// no lock of any channel held: it may use the same channels, select again, block, or throw (the
// exception leaves select; the operation stays done). A send case on a closed channel is ready, and
// taking it throws panic_error.
//
// recv_case(c, x): x is a handler [](std::optional<T>) (for chan<void>: [](bool)), where nullopt
// (false) means closed and drained, or [](); or a variable std::optional<T>& (bool&) to fill; or
// nothing.
//
// send_case(c, v, x): x is a handler [](), or nothing. The value is copied or moved into
// the case and moved on when the case is taken; for chan<void>: send_case(c, x).
//
// Cases made from a temporary handle own it; made from a variable they refer to it, which must live
// until select returns. Source: the Go specification, "Select statements".
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "gosan/chan.hpp"
#include "gosan/detail/select_op.hpp"

namespace gosan {
namespace detail {

struct no_handler {};

template <class C>
concept receivable = requires(const std::remove_cvref_t<C>& c) { c.recv(); };
template <class C>
concept sendable = requires(const std::remove_cvref_t<C>& c) { c.close(); };
template <class C>
using element_of = typename std::remove_cvref_t<C>::value_type;

// The channel of a case: owned when it came as a temporary.
class case_channel {
 public:
  template <class C>
  explicit case_channel(C&& c) noexcept : core_(chan_access::core(c)) {
    if constexpr (!std::is_lvalue_reference_v<C>) owned_ = chan_access::take(std::move(c));
  }
  chan_core* core() const noexcept { return core_; }
  // From now on the case may outlive the expression that made it.
  void own() noexcept {
    if (owned_.get() || !core_) return;
    chan_retain(core_);
    owned_ = chan_ref(core_);
  }

 private:
  chan_core* core_;
  chan_ref owned_;
};

template <class T, class H>
class receive_case {
 public:
  static constexpr bool is_default = false;
  template <class C, class X>
  receive_case(C&& c, X&& handler)
      : channel_(std::forward<C>(c)), handler_(std::forward<X>(handler)) {}

  void own() noexcept { channel_.own(); }
  void fill(select_op& op) noexcept { op = {.core = channel_.core(), .slot = in_.place()}; }
  void run(const select_op& op) {
    if constexpr (std::same_as<H, no_handler>) {
    } else if constexpr (std::is_pointer_v<H> && std::is_object_v<std::remove_pointer_t<H>>) {
      users::write(*handler_, result(op));
    } else if constexpr (std::invocable<H&, decltype(result(op))>) {
      handler_(result(op));
    } else {
      handler_();
    }
  }

 private:
  auto result(const select_op& op) {
    if constexpr (std::is_void_v<T>) {
      return op.received;
    } else {
      return op.received ? in_.take() : std::optional<T>();
    }
  }

  case_channel channel_;
  [[no_unique_address]] landing<T> in_;
  [[no_unique_address]] H handler_;  // or a pointer to the variable to fill
};

struct no_value {
  void* place() noexcept { return nullptr; }
};
template <class T>
struct operand {
  T value;
  void* place() noexcept { return std::addressof(value); }
};

template <class V, class H>
class sending_case {
 public:
  static constexpr bool is_default = false;
  template <class C, class X>
  sending_case(C&& c, V value, X&& handler)
      : channel_(std::forward<C>(c)),
        value_(std::move(value)),
        handler_(std::forward<X>(handler)) {}

  void own() noexcept { channel_.own(); }
  void fill(select_op& op) noexcept {
    op = {.core = channel_.core(), .slot = value_.place(), .sends = true};
  }
  void run(const select_op&) {
    if constexpr (!std::same_as<H, no_handler>) handler_();
  }

 private:
  case_channel channel_;
  [[no_unique_address]] V value_;
  [[no_unique_address]] H handler_;
};

template <class H>
class otherwise_case {
 public:
  static constexpr bool is_default = true;
  explicit otherwise_case(H handler) : handler_(std::move(handler)) {}

  void own() noexcept {}
  void fill(select_op& op) noexcept { op = {}; }
  void run(const select_op&) {
    if constexpr (!std::same_as<H, no_handler>) handler_();
  }

 private:
  [[no_unique_address]] H handler_;
};

template <class C>
concept a_case = requires(std::remove_cvref_t<C>& c, select_op& op) {
  c.fill(op);
  c.run(op);
};

}  // namespace detail

template <detail::receivable C>
auto recv_case(C&& c) {
  using T = detail::element_of<C>;
  return detail::receive_case<T, detail::no_handler>(std::forward<C>(c), detail::no_handler{});
}
// A variable to fill: std::optional<T>&, for chan<void> bool&.
template <detail::receivable C, class X>
  requires std::same_as<X, std::conditional_t<std::is_void_v<detail::element_of<C>>, bool,
                                              std::optional<detail::element_of<C>>>>
auto recv_case(C&& c, X& fill) {
  return detail::receive_case<detail::element_of<C>, X*>(std::forward<C>(c), &fill);
}
template <detail::receivable C, class H>
  requires std::invocable<std::decay_t<H>&> ||
           std::invocable<std::decay_t<H>&,
                          std::conditional_t<std::is_void_v<detail::element_of<C>>, bool,
                                             std::optional<detail::element_of<C>>>>
auto recv_case(C&& c, H&& handler) {
  return detail::receive_case<detail::element_of<C>, std::decay_t<H>>(std::forward<C>(c),
                                                                      std::forward<H>(handler));
}

template <detail::sendable C, class V, class H = detail::no_handler>
  requires(!std::is_void_v<detail::element_of<C>>) && std::convertible_to<V, detail::element_of<C>>
auto send_case(C&& c, V&& value, H handler = {}) {
  using value_t = detail::operand<detail::element_of<C>>;
  return detail::sending_case<value_t, H>(std::forward<C>(c), value_t{detail::users::read<detail::element_of<C>>(std::forward<V>(value))},
                                          std::move(handler));
}
template <detail::sendable C, class H = detail::no_handler>
  requires std::is_void_v<detail::element_of<C>>
auto send_case(C&& c, H handler = {}) {
  return detail::sending_case<detail::no_value, H>(std::forward<C>(c), detail::no_value{},
                                                   std::move(handler));
}

template <class H = detail::no_handler>
auto default_case(H handler = {}) {
  return detail::otherwise_case<H>(std::move(handler));
}

// Takes one case, runs its handler, returns its index (the position among the arguments).
template <detail::a_case... Cases>
int select(Cases&&... cases) {
  constexpr int defaults = (0 + ... + int{std::remove_cvref_t<Cases>::is_default});
  static_assert(defaults <= 1, "select takes at most one default case");
  std::array<detail::select_op, sizeof...(Cases)> ops;
  std::size_t n = 0;
  (cases.fill(ops[n++]), ...);
  int taken = detail::select_run(ops.data(), ops.size(), defaults != 0);
  int i = 0;
  if (taken < 0) ((std::remove_cvref_t<Cases>::is_default ? void(taken = i) : void(), ++i), ...);
  i = 0;
  ((i == taken ? cases.run(ops[static_cast<std::size_t>(i)]) : void(), ++i), ...);
  return taken;
}

// A case of any type, for lists that are built at run time. Movable; owns its channel and its
// value. May be selected on repeatedly; a send's value is moved out when it is taken.
class select_case {
 public:
  template <detail::a_case C>
  select_case(C&& c)
      : model_(std::make_unique<model<std::remove_cvref_t<C>>>(std::forward<C>(c))) {}

 private:
  struct concept_ {
    virtual ~concept_() = default;
    virtual void fill(detail::select_op& op) noexcept = 0;
    virtual void run(const detail::select_op& op) = 0;
    bool is_default = false;
  };
  template <class C>
  struct model final : concept_ {
    explicit model(C&& c) : it(std::move(c)) {
      it.own();
      this->is_default = C::is_default;
    }
    void fill(detail::select_op& op) noexcept override { it.fill(op); }
    void run(const detail::select_op& op) override { it.run(op); }
    C it;
  };
  friend int select(std::span<select_case> cases);

  std::unique_ptr<concept_> model_;
};

// The dynamic form: as above. An empty span waits for ever. Throws std::invalid_argument for more
// than one default case.
int select(std::span<select_case> cases);

}  // namespace gosan
