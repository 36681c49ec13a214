// Channels, as in Go.
//
// chan<T> is a handle: copying it is cheap and gives another handle of the same channel; two
// handles are equal when they are of the same channel. chan<T>{} is the nil channel. The channel
// lives as long as one of its handles; elements that are left in it then are destroyed.
//
//           | nil            | open                   | closed, not empty | closed and empty
// send      | waits for ever | waits for room or a    | panic_error       | panic_error
//           |                | partner                |                   |
// try_send  | false          | false, does not wait   | panic_error       | panic_error
// recv      | waits for ever | waits for a value      | value             | nullopt (false)
// try_recv  | empty          | empty, does not wait   | value             | closed
// close     | panic_error    | closes                 | panic_error       | panic_error
// len, cap  | 0              | now, fixed             | now, fixed        | 0, fixed
//
// Thread safety: all operations of one channel may be called at once, from goroutines and from OS
// threads (whose thread is blocked where a goroutine would be parked). A handle itself is an
// ordinary variable: assigning to it while another goroutine uses the same variable is a data race;
// give each goroutine its own copy. Should a handle be destroyed all the same while somebody waits
// through it, and it was the last one, the channel stays alive, and the waiter waits for ever: a
// leak that the leak detector reports, never a use of freed memory.
//
// T: movable; may be move-only, may throw on move. A move that throws leaves both channel and value
// as they were, and the exception leaves the operation whose move it was. An element's move runs
// under the channel's lock: it must not block, nor use the channel. What happens before what:
// docs/happens-before.md (the Go memory model).
//
// Source: the Go specification, "Channel types", "Send statements", "Receive operator", "Close".
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "gosan/detail/chan_core.hpp"
#include "gosan/detail/users.hpp"

namespace gosan {

template <class T>
class chan;
template <class T>
class send_chan;
template <class T>
class recv_chan;

enum class recv_status : std::uint8_t { value, empty, closed };

// Makes an open channel. capacity 0: every send waits for its receive. Throws std::length_error
// when the buffer could not be addressed, std::bad_alloc.
template <class T>
chan<T> make_chan(std::size_t capacity = 0);

namespace detail {

// What every handle can do.
class any_chan {
 public:
  // Not nil.
  explicit operator bool() const noexcept { return ref_.get() != nullptr; }
  // Elements in the buffer now. A hint only: it may have changed when the caller looks at it.
  std::size_t len() const noexcept { return chan_len(ref_.get()); }
  std::size_t cap() const noexcept { return chan_cap(ref_.get()); }

 protected:
  any_chan() noexcept = default;
  explicit any_chan(chan_ref r) noexcept : ref_(std::move(r)) {}
  chan_ref ref_;
  friend struct chan_access;
};

struct chan_access {
  static chan_core* core(const any_chan& c) noexcept { return c.ref_.get(); }
  static chan_ref take(any_chan&& c) noexcept { return std::move(c.ref_); }
  template <class C>
  static C make(chan_ref r) noexcept {
    return C(std::move(r));
  }
};

template <class A, class B>
concept same_channel_element = std::is_base_of_v<any_chan, A> && std::is_base_of_v<any_chan, B> &&
                               std::is_same_v<typename A::value_type, typename B::value_type>;

// For plain elements nothing of the user's runs while one arrives, so std::optional's part is made the library's own.
template <plain_element T>
[[gnu::flatten]] std::optional<T> received_plain(chan_core* c) {
  landing<T> in;
  if (!chan_recv(c, in.place())) return std::nullopt;
  return in.take();
}

// Iterates over received values until the channel is closed and drained.
template <class T>
class recv_iterator {
 public:
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  explicit recv_iterator(chan_core* c) : core_(c) { ++*this; }
  recv_iterator(recv_iterator&&) = default;
  recv_iterator& operator=(recv_iterator&&) = default;

  // An rvalue, so that `for (T v : c)` moves; `const T&` and `auto&&` refer to it until the next
  // step.
  T&& operator*() const noexcept { return std::move(*value_); }
  recv_iterator& operator++() {
    if constexpr (plain_element<T>) {
      value_ = received_plain<T>(core_);
    } else {
      value_.reset();
      landing<T> in;
      if (chan_recv(core_, in.place())) value_ = in.take();
    }
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const recv_iterator& i, std::default_sentinel_t) noexcept {
    return !i.value_.has_value();
  }

 private:
  chan_core* core_;
  mutable std::optional<T> value_;
};

// The two halves of what a handle can do. Self: the handle, derived from any_chan.
template <class Self, class T>
class sending {
 public:
  // Blocks until the value is in the buffer or with a receiver. Callable from goroutines and OS
  // threads. Throws panic_error when the channel is closed, also while waiting; `v` then keeps its
  // value.
  void send(T&& v) const {
    if constexpr (plain_element<T>) {
      T operand = users::read<T>(std::move(v));
      chan_send(core(), std::addressof(operand));
    } else {
      users::give_away(v);
      chan_send(core(), std::addressof(v));
    }
  }
  void send(const T& v) const
    requires std::is_copy_constructible_v<T>
  {
    T operand = users::read<T>(v);
    chan_send(core(), std::addressof(operand));
  }
  // Never blocks. True when the value was taken; otherwise `v` keeps its value. Throws panic_error
  // when closed.
  bool try_send(T&& v) const {
    if constexpr (plain_element<T>) {
      T operand = users::read<T>(std::move(v));
      return chan_try_send(core(), std::addressof(operand));
    } else {
      users::offer(v);
      return chan_try_send(core(), std::addressof(v));
    }
  }
  bool try_send(const T& v) const
    requires std::is_copy_constructible_v<T>
  {
    T operand = users::read<T>(v);
    return chan_try_send(core(), std::addressof(operand));
  }
  // Wakes everybody who waits: receivers with nullopt, senders with panic_error. Throws panic_error
  // when nil or closed.
  void close() const { chan_close(core()); }

 private:
  chan_core* core() const noexcept { return chan_access::core(static_cast<const Self&>(*this)); }
};

template <class Self>
class sending<Self, void> {
 public:
  void send() const { chan_send(core(), nullptr); }
  bool try_send() const { return chan_try_send(core(), nullptr); }
  void close() const { chan_close(core()); }

 private:
  chan_core* core() const noexcept { return chan_access::core(static_cast<const Self&>(*this)); }
};

inline recv_status status_of(try_result r) noexcept { return static_cast<recv_status>(r); }

template <class Self, class T>
class receiving {
 public:
  // Blocks until there is a value (FIFO per channel) or the channel is closed and drained: nullopt.
  std::optional<T> recv() const {
    if constexpr (plain_element<T>) {
      return received_plain<T>(core());
    } else {
      landing<T> in;
      if (!chan_recv(core(), in.place())) return std::nullopt;
      return in.take();
    }
  }
  // Never blocks. Assigns to `out` only when it returns recv_status::value.
  recv_status try_recv(std::optional<T>& out) const {
    landing<T> in;
    try_result r = chan_try_recv(core(), in.place());
    if (r == try_result::value) users::write(out, in.take());
    return status_of(r);
  }
  recv_status try_recv(T& out) const
    requires std::is_move_assignable_v<T>
  {
    landing<T> in;
    try_result r = chan_try_recv(core(), in.place());
    if (r == try_result::value) users::write(out, std::move(*in.take()));
    return status_of(r);
  }
  // `for (T v : c)`: receives until the channel is closed and drained.
  recv_iterator<T> begin() const { return recv_iterator<T>(core()); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  chan_core* core() const noexcept { return chan_access::core(static_cast<const Self&>(*this)); }
};

template <class Self>
class receiving<Self, void> {
 public:
  bool recv() const { return chan_recv(core(), nullptr); }  // false: closed and drained
  recv_status try_recv() const { return status_of(chan_try_recv(core(), nullptr)); }

 private:
  chan_core* core() const noexcept { return chan_access::core(static_cast<const Self&>(*this)); }
};

}  // namespace detail

// A handle that sends and receives.
template <class T>
class chan : public detail::any_chan,
             public detail::sending<chan<T>, T>,
             public detail::receiving<chan<T>, T> {
 public:
  using value_type = T;
  chan() noexcept = default;

 private:
  using any_chan::any_chan;
  friend struct detail::chan_access;
  friend class send_chan<T>;
  friend class recv_chan<T>;
};

// A handle that can only send and close.
template <class T>
class send_chan : public detail::any_chan, public detail::sending<send_chan<T>, T> {
 public:
  using value_type = T;
  send_chan() noexcept = default;
  send_chan(chan<T> c) noexcept : any_chan(std::move(c.ref_)) {}

 private:
  using any_chan::any_chan;
  friend struct detail::chan_access;
};

// A handle that can only receive.
template <class T>
class recv_chan : public detail::any_chan, public detail::receiving<recv_chan<T>, T> {
 public:
  using value_type = T;
  recv_chan() noexcept = default;
  recv_chan(chan<T> c) noexcept : any_chan(std::move(c.ref_)) {}

 private:
  using any_chan::any_chan;
  friend struct detail::chan_access;
};

template <class A, class B>
  requires detail::same_channel_element<A, B>
bool operator==(const A& a, const B& b) noexcept {
  return detail::chan_access::core(a) == detail::chan_access::core(b);
}

template <class T>
chan<T> make_chan(std::size_t capacity) {
  return detail::chan_access::make<chan<T>>(
      detail::chan_ref(detail::chan_make(capacity, detail::element<T>::ops)));
}

}  // namespace gosan
