// Order that the detector does not see: to force a schedule without making the program right.
#pragma once

#include <gosan/go.hpp>

namespace unseen {

[[clang::noinline, clang::annotate("gosan::no_instrument")]] inline int load(const int& x) { return __atomic_load_n(&x, __ATOMIC_ACQUIRE); }
[[clang::noinline, clang::annotate("gosan::no_instrument")]] inline void add(int& x) { __atomic_fetch_add(&x, 1, __ATOMIC_RELEASE); }
// Long enough for others to get where they block; only makes a wrong case go the interesting way more often.
inline void sleep() {
  for (int i = 0; i < 200; ++i) gosan::yield();
}

}  // namespace unseen

// Whose turn it is.
class turn {
 public:
  void next() { unseen::add(now_); }
  void wait(int n) const {
    while (unseen::load(now_) < n) gosan::yield();
  }

 private:
  int now_ = 0;
};
