// Two goroutines stop a service; each looks whether the channel is closed already and, if not, closes it.
// Fixed: closed once.
#include "../kernel.hpp"

namespace kernels {
namespace checked_then_closed {

struct service {
  chan<void> stopped = make_chan<void>();
  once stopping;
};

namespace buggy {

void stop(service& s) {
  if (select(recv_case(s.stopped), default_case()) == 1) s.stopped.close();
}

void run() {
  auto s = make_forever<service>();
  wait_group both;
  for (int i = 0; i < 2; ++i) both.go([s] { stop(*s); });
  both.wait();
}

}  // namespace buggy

namespace fixed {

void stop(service& s) {
  s.stopping.call([&] { s.stopped.close(); });
}

void run() {
  auto s = make_forever<service>();
  wait_group both;
  for (int i = 0; i < 2; ++i) both.go([s] { stop(*s); });
  both.wait();
}

}  // namespace fixed
}  // namespace checked_then_closed

GOSAN_KERNEL(checked_then_closed, "Go-Specific / Misuse channel", "close-of-closed data-race");
}  // namespace kernels
