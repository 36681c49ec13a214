// Callers report each finished call on a channel and then look at the stop; whoever counts the calls leaves at the stop.
// Fixed: a caller reports and listens to the stop in one select.
#include "../kernel.hpp"

namespace kernels {
namespace benchmark_loop {

struct client {
  chan<void> stop = make_chan<void>();
  chan<int> finished = make_chan<int>();

  void count() {
    while (select(recv_case(stop), recv_case(finished)) == 1) {
    }
  }
};

namespace buggy {

void call(client& c) {
  for (;;) {
    c.finished.send(1);
    if (select(recv_case(c.stop), default_case()) == 0) return;
  }
}

void run() {
  auto c = std::make_shared<client>();
  for (int i = 0; i < 2; ++i) go([c] { call(*c); });
  go([c] { c->count(); });
  sleep_for(1us);
  c->stop.close();
}

}  // namespace buggy

namespace fixed {

void call(client& c) {
  while (select(recv_case(c.stop), send_case(c.finished, 1)) == 1) {
  }
}

void run() {
  auto c = std::make_shared<client>();
  for (int i = 0; i < 2; ++i) go([c] { call(*c); });
  go([c] { c->count(); });
  sleep_for(1us);
  c->stop.close();
}

}  // namespace fixed
}  // namespace benchmark_loop

GOSAN_KERNEL(benchmark_loop, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
