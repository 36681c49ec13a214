// A watcher sends its initial events before it looks at its input; whoever asked for it has left.
// Fixed: stopping closes a channel to which every send listens.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_38669 {

struct watcher {
  chan<int> input = make_chan<int>();
  chan<int> result = make_chan<int>();
  chan<void> done = make_chan<void>();
  mutex m;
  bool stopped = false;  // guarded by m
};

constexpr int initial_events = 2;

namespace buggy {

void stop(watcher& w) {
  std::lock_guard hold(w.m);
  if (w.stopped) return;
  w.stopped = true;
  w.input.close();
}

void send(watcher& w, int event) { w.result.send(event); }

void process(watcher& w) {
  for (int i = 0; i < initial_events; ++i) send(w, i);
  for (int event : w.input) send(w, event);
  stop(w);
  w.result.close();
}

void run() {
  auto w = std::make_shared<watcher>();
  go([w] { process(*w); });
  stop(*w);
}

}  // namespace buggy

namespace fixed {

void stop(watcher& w) {
  std::lock_guard hold(w.m);
  if (w.stopped) return;
  w.stopped = true;
  w.done.close();
  w.input.close();
}

void send(watcher& w, int event) { select(send_case(w.result, event), recv_case(w.done)); }

void process(watcher& w) {
  for (int i = 0; i < initial_events; ++i) send(w, i);
  for (int event : w.input) send(w, event);
  stop(w);
  w.result.close();
}

void run() {
  auto w = std::make_shared<watcher>();
  go([w] { process(*w); });
  stop(*w);
}

}  // namespace fixed
}  // namespace kubernetes_38669

GOSAN_KERNEL(kubernetes_38669, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
