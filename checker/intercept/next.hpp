// The function of libc (or libstdc++) that an interceptor stands before.
//
// Linked dynamically, it is the next definition of the name. Linked statically there is no next one; then it is glibc's own
// second name of the function, which is there when its object file was linked: gosan-c++ -static asks for it (-u name).
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace gosan::intercept {

template <typename F>
class next_function {
 public:
  constexpr next_function(const char* name, F* second_name) : name_(name), second_(second_name) {}

  F* get() noexcept {
    // Relaxed: the address is a constant, nothing is published with it.
    if (F* f = found_.load(std::memory_order_relaxed)) return f;
    return search();
  }
  template <typename... A>
  auto operator()(A... a) { return get()(a...); }

 private:
  F* search() noexcept {
    F* f = reinterpret_cast<F*>(dlsym(RTLD_NEXT, name_));
    if (!f) f = second_;
    if (!f) {
      for (const char* text : {"gosan: cannot find the real ", name_, "; a static program is to be linked by gosan-c++\n"})
        [[maybe_unused]] auto n = write(2, text, std::strlen(text));
      std::abort();
    }
    found_.store(f, std::memory_order_relaxed);
    return f;
  }

  const char* name_;
  F* second_;
  std::atomic<F*> found_{nullptr};
};

}  // namespace gosan::intercept

// GOSAN_NEXT(pthread_join, __pthread_join): defines next_pthread_join.
#define GOSAN_NEXT(name, second)                                                        \
  extern "C" __attribute__((weak)) decltype(name) second;                               \
  namespace {                                                                           \
  gosan::intercept::next_function<decltype(name)> next_##name{#name, &second};          \
  }
