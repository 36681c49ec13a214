// A poller sends a tick until its time is up or its done channel is closed; whoever waits for its ticks leaves when the
// condition is met, and closes nothing. Fixed: leaving closes the done channel, to which the send listens.
#include "../kernel.hpp"

namespace kernels {
namespace poller_without_done {

namespace buggy {

chan<void> poll(const chan<void>& done) {
  auto ticks = make_chan<void>();
  go([ticks, done] {
    defer close{[&] { ticks.close(); }};
    ticker every{1us};
    defer stop{[&] { every.stop(); }};
    auto limit = after(1h);
    for (;;) {
      switch (select(recv_case(every.chan()), recv_case(limit), recv_case(done))) {
        case 0:
          ticks.send();
          break;
        default:
          return;
      }
    }
  });
  return ticks;
}

void wait_for(const std::function<bool()>& condition) {
  auto done = make_chan<void>();
  auto ticks = poll(done);
  while (ticks.recv()) {
    if (condition()) return;
  }
}

void run() {
  int calls = 0;
  wait_for([&] { return ++calls == 3; });
}

}  // namespace buggy

namespace fixed {

chan<void> poll(const chan<void>& done) {
  auto ticks = make_chan<void>();
  go([ticks, done] {
    defer close{[&] { ticks.close(); }};
    ticker every{1us};
    defer stop{[&] { every.stop(); }};
    auto limit = after(1h);
    for (;;) {
      switch (select(recv_case(every.chan()), recv_case(limit), recv_case(done))) {
        case 0:
          if (select(send_case(ticks), recv_case(done)) == 1) return;
          break;
        default:
          return;
      }
    }
  });
  return ticks;
}

void wait_for(const std::function<bool()>& condition) {
  auto done = make_chan<void>();
  defer end{[&] { done.close(); }};
  auto ticks = poll(done);
  while (ticks.recv()) {
    if (condition()) return;
  }
}

void run() {
  int calls = 0;
  wait_for([&] { return ++calls == 3; });
}

}  // namespace fixed
}  // namespace poller_without_done

GOSAN_KERNEL(poller_without_done, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
