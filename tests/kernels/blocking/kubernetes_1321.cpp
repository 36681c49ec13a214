// A mux sends to its watchers with its lock held, and a watcher that stops takes that lock before anything else; nobody
// receives what is sent. Fixed: stopping closes a channel first, to which the sender listens too.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_1321 {

struct watcher {
  chan<int> result = make_chan<int>();
  chan<void> stopped = make_chan<void>();
};

struct mux {
  mutex m;
  mutex global;
  std::map<int, std::shared_ptr<watcher>> watchers;  // added to under global, taken from under m, walked under both

  std::shared_ptr<watcher> watch(int id) {
    auto w = std::make_shared<watcher>();
    std::lock_guard hold(global);
    watchers[id] = w;
    return w;
  }
};

namespace buggy {

void loop(mux& x) {
  for (int i = 0; i < 100; ++i) {
    std::lock_guard hold(x.m);
    std::lock_guard hold_global(x.global);
    for (const auto& [id, w] : x.watchers) w->result.send(i);
  }
}

void stop(mux& x, int id, watcher& w) {
  std::lock_guard hold(x.m);
  x.watchers.erase(id);
  w.result.close();
}

void run() {
  auto x = std::make_shared<mux>();
  go([x] {
    go([x] { loop(*x); });
    auto w = x->watch(1);
    stop(*x, 1, *w);
  });
}

}  // namespace buggy

namespace fixed {

void loop(mux& x) {
  for (int i = 0; i < 100; ++i) {
    std::lock_guard hold(x.m);
    std::lock_guard hold_global(x.global);
    for (const auto& [id, w] : x.watchers) {
      select(send_case(w->result, i), recv_case(w->stopped));
    }
  }
}

void stop(mux& x, int id, watcher& w) {
  w.stopped.close();
  std::lock_guard hold(x.m);
  x.watchers.erase(id);
  w.result.close();
}

void run() {
  auto x = std::make_shared<mux>();
  go([x] {
    go([x] { loop(*x); });
    auto w = x->watch(1);
    stop(*x, 1, *w);
  });
}

}  // namespace fixed
}  // namespace kubernetes_1321

GOSAN_KERNEL(kubernetes_1321, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
