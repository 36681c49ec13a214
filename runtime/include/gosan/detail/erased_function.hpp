// A function on the heap behind plain pointers, for the library to call. Whoever holds it destroys
// it once.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

namespace gosan::detail {

struct erased_function {
  void* object = nullptr;
  void (*call)(void*) = nullptr;
  void (*destroy)(void*) noexcept = nullptr;
};

template <class F>
erased_function erase(F&& f) {
  using body = std::decay_t<F>;
  return {new body(std::forward<F>(f)), [](void* p) { std::invoke(*static_cast<body*>(p)); },
          [](void* p) noexcept { delete static_cast<body*>(p); }};
}

}  // namespace gosan::detail
