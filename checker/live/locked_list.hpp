// A short list under a lock of its own, for what the whole process shares. Usable before constructors have run; never freed, since
// threads may come by while the process ends.
#pragma once

#include <mutex>

#include "live/internal_alloc.hpp"
#include "live/spin_lock.hpp"

namespace gosan::live {

template <class T>
class locked_list {
 public:
  constexpr locked_list() noexcept = default;
  // f(ivector<T>&) under the lock; returns what f returns. f must not come back to this list.
  template <class F>
  auto with(F f) noexcept {
    std::lock_guard hold(lock_);
    if (!list_) list_ = new (internal_alloc(sizeof *list_)) ivector<T>;
    return f(*list_);
  }

 private:
  spin_lock lock_;
  ivector<T>* list_ = nullptr;
};

}  // namespace gosan::live
