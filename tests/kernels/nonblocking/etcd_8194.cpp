// A test changes the rate of revocations while the loop of another test's lessor, which has no way to be stopped, reads
// it. (At its end the loop closes a channel that was never made.) Fixed: the loop is stopped and waited for first.
#include "cells.hpp"

namespace kernels {
namespace etcd_8194 {

int revoke_rate = 1000;

struct lessor {
  chan<void> stop;
  chan<void> done;

  void loop() {
    defer end{[this] { done.close(); }};
    for (int i = 0; i < 10; ++i) {
      std::vector<int> expired{i};
      if (static_cast<int>(expired.size()) > revoke_rate / 2) expired.resize(static_cast<std::size_t>(revoke_rate / 2));
      look_at(expired);
      if (select(recv_case(stop), default_case()) == 0) return;
      if (select(recv_case(after(5ms)), recv_case(stop)) == 1) return;
    }
  }
};

void change_rate() {
  int before = revoke_rate;
  revoke_rate = 10;
  look_at(revoke_rate);
  revoke_rate = before;
}

namespace buggy {

void run() {
  wait_group both;
  both.go([] {
    auto l = make_forever<lessor>();
    go([l] { l->loop(); });
  });
  both.go([] { change_rate(); });
  both.wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  wait_group both;
  auto stopped = make_chan<void>();
  both.go([stopped] {
    auto l = make_forever<lessor>();
    l->stop = make_chan<void>();
    l->done = make_chan<void>();
    go([l] { l->loop(); });
    l->stop.close();
    l->done.recv();
    stopped.close();
  });
  both.go([stopped] {
    stopped.recv();
    change_rate();
  });
  both.wait();
}

}  // namespace fixed
}  // namespace etcd_8194

GOSAN_KERNEL(etcd_8194, "Traditional / Data race", "data-race");
}  // namespace kernels
