// What the library does with an object of the user's own, on the user's behalf: copying the operand of a send, filling a variable.
// The pass (instrument/pass/marks.cpp) leaves the rest of namespace gosan alone, and treats these functions as the user's code, so that
// a race detector sees their accesses. In a build without the pass they are inlined away.
#pragma once

#include <memory>
#include <utility>

namespace gosan::detail::users {

template <class T, class V>
T read(V&& v) {
  return static_cast<T>(std::forward<V>(v));
}
template <class T>
void write(T& to, T value) {
  to = std::move(value);
}
// The object is about to be moved from, or to be if there is room, out of the pass's sight: the pass puts a write of all of it here, or a
// read.
template <class T>
void give_away(T& v) noexcept {
  asm volatile("" : : "r"(std::addressof(v)));
}
template <class T>
void offer(T& v) noexcept {
  asm volatile("" : : "r"(std::addressof(v)));
}

}  // namespace gosan::detail::users
