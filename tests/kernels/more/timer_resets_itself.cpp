// A timer's function resets the timer through the variable that the timer is stored in after it has been made.
// Fixed: the function waits until it is stored.
#include "../kernel.hpp"

namespace kernels {
namespace timer_resets_itself {

namespace buggy {

struct repeater {
  std::optional<timer> t;
  std::atomic<int> calls{0};

  void start() {
    t.emplace(after_func(1us, [this] {
      if (calls.fetch_add(1) < 3) t->reset(1us);
    }));
  }
};

void run() {
  auto r = make_forever<repeater>();
  r->start();
  sleep_for(2ms);
}

}  // namespace buggy

namespace fixed {

struct repeater {
  mutex m;
  std::optional<timer> t;  // guarded by m
  std::atomic<int> calls{0};

  void start() {
    std::lock_guard hold(m);
    t.emplace(after_func(1us, [this] {
      std::lock_guard hold(m);
      if (calls.fetch_add(1) < 3) t->reset(1us);
    }));
  }
};

void run() {
  auto r = make_forever<repeater>();
  r->start();
  sleep_for(2ms);
}

}  // namespace fixed
}  // namespace timer_resets_itself

GOSAN_KERNEL(timer_resets_itself, "Traditional / Data race", "data-race unhandled-panic");
}  // namespace kernels
