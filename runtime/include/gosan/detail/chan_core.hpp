// The seam between the channel templates and the library: everything that touches shared state is
// out of line, so that the same user code serves the plain and the recording library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "gosan/detail/users.hpp"

namespace gosan::detail {

struct chan_core;  // chan/chan_core.hpp

// How to handle an element. `put == nullptr`: trivially copyable, moved by memcpy, nothing to
// destroy.
struct element_ops {
  std::size_t size, align;
  void (*put)(void* raw, void* from);        // constructs a T in raw memory from *from, by move
  void (*take)(void* optional, void* from);  // emplaces a std::optional<T> from *from, by move
  void (*destroy)(void* element) noexcept;
};

template <class T>
concept plain_element = std::is_trivially_copyable_v<T>;

template <class T>
struct element {
  static void put(void* raw, void* from) { ::new (raw) T(std::move(*static_cast<T*>(from))); }
  static void take(void* optional, void* from) {
    static_cast<std::optional<T>*>(optional)->emplace(std::move(*static_cast<T*>(from)));
  }
  static void destroy(void* e) noexcept { static_cast<T*>(e)->~T(); }
  static constexpr element_ops ops =
      plain_element<T> ? element_ops{sizeof(T), alignof(T), nullptr, nullptr, nullptr}
                       : element_ops{sizeof(T), alignof(T), &put, &take, &destroy};
};
template <>
struct element<void> {
  static constexpr element_ops ops{0, 1, nullptr, nullptr, nullptr};
};

// Where a received element arrives, in the receiver's frame: raw bytes for plain elements, an
// optional otherwise (it is filled by one move only, under the channel's lock, so that a move that
// throws leaves the message in the channel).
template <class T>
class landing {
 public:
  void* place() noexcept { return &slot_; }
  std::optional<T> take() noexcept(std::is_nothrow_move_constructible_v<T>) {
    return std::move(slot_);
  }
  std::optional<T>& value() noexcept { return slot_; }

 private:
  std::optional<T> slot_;
};
template <plain_element T>
class landing<T> {
 public:
  void* place() noexcept { return raw_; }
  [[gnu::flatten]] std::optional<T> take() noexcept {
    return std::optional<T>(std::move(*std::launder(reinterpret_cast<T*>(raw_))));
  }

 private:
  alignas(T) unsigned char raw_[sizeof(T)];
};
template <>
class landing<void> {
 public:
  void* place() noexcept { return nullptr; }
};

// A null core is the nil channel in all of these.
chan_core* chan_make(std::size_t capacity, const element_ops& ops);
void chan_retain(chan_core* c) noexcept;
void chan_release(chan_core* c) noexcept;
void chan_send(chan_core* c, void* from);
bool chan_try_send(chan_core* c, void* from);
bool chan_recv(chan_core* c, void* to);  // false: closed and drained
enum class try_result : std::uint8_t { value, empty, closed };
try_result chan_try_recv(chan_core* c, void* to);
void chan_close(chan_core* c);
std::size_t chan_len(const chan_core* c) noexcept;
std::size_t chan_cap(const chan_core* c) noexcept;

// An owning pointer to a core: the handle without its element type.
class chan_ref {
 public:
  constexpr chan_ref() noexcept = default;
  explicit constexpr chan_ref(chan_core* adopted) noexcept : core_(adopted) {}
  chan_ref(const chan_ref& o) noexcept : core_(o.get()) {
    if (core_) chan_retain(core_);
  }
  chan_ref(chan_ref&& o) noexcept : core_(std::exchange(o.core_, nullptr)) {}
  // Reassigning a variable that holds a channel is the user's write, using or copying it his read: users.hpp. How elements get through a
  // channel, by moving, is not.
  chan_ref& operator=(chan_ref o) noexcept {
    chan_core* const before = core_;
    users::write(core_, o.core_);
    o.core_ = before;
    return *this;
  }
  ~chan_ref() {
    if (core_) chan_release(core_);
  }
  chan_core* get() const noexcept { return users::read<chan_core*>(core_); }
  chan_core* leak() noexcept { return std::exchange(core_, nullptr); }

 private:
  chan_core* core_ = nullptr;
};

struct chan_access;  // lets the other headers reach a handle's core

}  // namespace gosan::detail
