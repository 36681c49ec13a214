// A transfer broadcasts its progress to watchers; a watcher that is released stops reading, and the forwarding goroutine
// waits to deliver one more piece of progress. Fixed: it delivers, or sees the release.
#include "../kernel.hpp"

namespace kernels {
namespace transfer_watchers {

struct transfer {
  mutex m;
  condition_variable changed;
  int progress = 0;      // guarded by m, as is:
  bool finished = false;

  void work() {
    for (int i = 0; i < 3; ++i) {
      std::lock_guard hold(m);
      ++progress;
      changed.notify_all();
    }
    std::lock_guard hold(m);
    finished = true;
    changed.notify_all();
  }
  // The next progress after `seen`; none when there will be no more.
  std::optional<int> next(int seen) {
    std::unique_lock hold(m);
    while (progress == seen && !finished) changed.wait(hold);
    return progress == seen ? std::nullopt : std::optional(progress);
  }
};

namespace buggy {

void forward(transfer& t, const chan<int>& to) {
  int seen = 0;
  while (auto now = t.next(seen)) {
    seen = *now;
    to.send(seen);
  }
  to.close();
}

void run() {
  auto t = std::make_shared<transfer>();
  auto watched = make_chan<int>();
  go([t, watched] { forward(*t, watched); });
  go([t] { t->work(); });
  watched.recv();
}

}  // namespace buggy

namespace fixed {

void forward(transfer& t, const chan<int>& to, const chan<void>& released) {
  int seen = 0;
  while (auto now = t.next(seen)) {
    seen = *now;
    if (select(send_case(to, seen), recv_case(released)) == 1) return;
  }
  to.close();
}

void run() {
  auto t = std::make_shared<transfer>();
  auto watched = make_chan<int>();
  auto released = make_chan<void>();
  go([t, watched, released] { forward(*t, watched, released); });
  go([t] { t->work(); });
  watched.recv();
  released.close();
}

}  // namespace fixed
}  // namespace transfer_watchers

GOSAN_KERNEL(transfer_watchers, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
