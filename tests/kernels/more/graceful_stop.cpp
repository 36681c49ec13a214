// A graceful stop locks the server, and ends by the function that stops it at once, which locks too.
// Fixed: that function's work is done by one that expects the lock to be held.
#include "../kernel.hpp"

namespace kernels {
namespace graceful_stop {

struct server {
  mutex m;
  condition_variable drained;
  int calls = 1;        // guarded by m, as is:
  bool serving = true;

  void end_call() {
    std::lock_guard hold(m);
    --calls;
    drained.notify_all();
  }
};

namespace buggy {

void stop(server& s) {
  std::lock_guard hold(s.m);
  s.serving = false;
}

void stop_gracefully(server& s) {
  std::unique_lock hold(s.m);
  while (s.calls > 0) s.drained.wait(hold);
  stop(s);
}

void run() {
  auto s = std::make_shared<server>();
  go([s] { s->end_call(); });
  stop_gracefully(*s);
}

}  // namespace buggy

namespace fixed {

// m is held.
void stop(server& s) { s.serving = false; }

void stop_gracefully(server& s) {
  std::unique_lock hold(s.m);
  while (s.calls > 0) s.drained.wait(hold);
  stop(s);
}

void run() {
  auto s = std::make_shared<server>();
  go([s] { s->end_call(); });
  stop_gracefully(*s);
}

}  // namespace fixed
}  // namespace graceful_stop

GOSAN_KERNEL(graceful_stop, "Resource Deadlock / Double locking", GOSAN_BLOCKING);
}  // namespace kernels
