// Two goroutines configure transports from one authenticator, and each stores its dialer's close function in it.
// Fixed: stored under a mutex.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_80284 {

struct dialer {
  int open = 0;
  void close_all() { open = 0; }
};

struct bound_method {  // a function value: two words
  void (dialer::*method)() = nullptr;
  dialer* object = nullptr;
};

namespace buggy {

struct authenticator {
  bound_method on_rotate;
  void update() { on_rotate = {&dialer::close_all, new dialer}; }
};

void run() {
  auto a = make_forever<authenticator>();
  wait_group both;
  for (int i = 0; i < 2; ++i) both.go([a] { a->update(); });
  both.wait();
}

}  // namespace buggy

namespace fixed {

struct authenticator {
  mutex m;
  bound_method on_rotate;  // guarded by m
  void update() {
    std::lock_guard hold(m);
    on_rotate = {&dialer::close_all, new dialer};
  }
};

void run() {
  auto a = make_forever<authenticator>();
  wait_group both;
  for (int i = 0; i < 2; ++i) both.go([a] { a->update(); });
  both.wait();
}

}  // namespace fixed
}  // namespace kubernetes_80284

GOSAN_KERNEL(kubernetes_80284, "Traditional / Data race", "data-race");
}  // namespace kernels
