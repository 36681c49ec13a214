// A monitor that is told to stop while a probe runs leaves the probe's goroutine behind with its result.
// Fixed: the result is received before the monitor returns.
#include "../kernel.hpp"

namespace kernels {
namespace moby_33781 {

void probe(const chan<int>& results) {
  results.send(1);
  results.close();
}

namespace buggy {

void monitor(const chan<void>& stop) {
  while (select(recv_case(stop), recv_case(after(50ns))) == 1) {
    auto results = make_chan<int>();
    auto [ctx, cancel] = with_timeout(context::background(), 50ns);
    go([results] { probe(results); });
    switch (select(recv_case(stop), recv_case(results), recv_case(ctx.done()))) {
      case 0:
        cancel();
        return;
      case 1:
        cancel();
        break;
      case 2:
        cancel();
        results.recv();
        break;
    }
  }
}

void run() {
  auto stop = make_chan<void>();
  go([stop] { monitor(stop); });
  go([stop] {
    sleep_for(50ns);
    stop.send();
  });
}

}  // namespace buggy

namespace fixed {

void monitor(const chan<void>& stop) {
  while (select(recv_case(stop), recv_case(after(50ns))) == 1) {
    auto results = make_chan<int>();
    auto [ctx, cancel] = with_timeout(context::background(), 50ns);
    go([results] { probe(results); });
    switch (select(recv_case(stop), recv_case(results), recv_case(ctx.done()))) {
      case 0:
        cancel();
        results.recv();
        return;
      case 1:
        cancel();
        break;
      case 2:
        cancel();
        results.recv();
        break;
    }
  }
}

void run() {
  auto stop = make_chan<void>();
  go([stop] { monitor(stop); });
  go([stop] {
    sleep_for(50ns);
    stop.send();
  });
}

}  // namespace fixed
}  // namespace moby_33781

GOSAN_KERNEL(moby_33781, "Communication Deadlock / Channel & Context", GOSAN_BLOCKING);
}  // namespace kernels
