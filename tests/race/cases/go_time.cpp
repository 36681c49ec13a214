// Facts of Go's memory model of timers, tickers and sleep; see go_channels.cpp. Those of Go's virtual-time bubble are
// taken with the real clock: that two goroutines block, wake or end in some order is no edge there either.
//
// Without a counterpart: TestNoRaceSynctestGoroutinesExit, there is no call that waits until all others are blocked.
#include <gosan/gosan.hpp>

#include <chrono>
#include <memory>
#include <mutex>

#include "case.hpp"
#include "unseen.hpp"

using gosan::go, gosan::make_chan;
using namespace std::chrono_literals;

CASE(TestNoRaceAfterFunc) {
  auto c = make_chan<void>(1);
  int x = 1;
  gosan::after_func(1ms, [&, c] {
    x = 2;
    c.send();
  });
  c.recv();
  x = 3;
}

CASE(TestNoRaceAfterFunc2) {
  // A timer that is stopped unless it was faster; its write alone is no race.
  auto x = std::make_shared<int>(0);
  for (gosan::duration d : {gosan::duration(0ms), gosan::duration(1h)}) {
    gosan::timer t = gosan::after_func(d, [x] { *x = 1; });
    gosan::yield();
    t.stop();
  }
}

CASE(TestNoRaceAfterFunc3) {
  auto c = make_chan<int>();
  int x = 0;
  gosan::after_func(1ms, [&, c] {
    x = 1;
    c.send(1);
  });
  gosan::after_func(2ms, [c] { c.send(2); });
  int seen = 0;
  for (int i = 0; i < 2; ++i)
    if (*c.recv() == 1) seen = x;
  side = seen;
}

CASE(TestNoRaceTicker) {
  auto c = make_chan<void>(1);
  int x = 1;
  gosan::ticker t(1ms);
  go([&, c] {
    t.chan().recv();
    x = 2;
    c.send();
  });
  c.recv();
  t.stop();
}

CASE(TestRaceSynctestGoroutinesExit) {
  // That both have ended is known, and orders neither with the other.
  int x = 0;
  gosan::wait_group group;
  for (int i = 0; i < 2; ++i)
    group.go([&, i] { x = i; });  // race TestRaceSynctestGoroutinesExit
  group.wait();
}

CASE(TestRaceSynctestGoroutinesRecv) {
  auto c = make_chan<void>();
  int x = 0;
  gosan::wait_group group;
  for (int i = 0; i < 2; ++i)
    group.go([&, i, c] {
      x = i;  // race TestRaceSynctestGoroutinesRecv
      c.recv();
    });
  unseen::sleep();
  c.close();
  group.wait();
}

CASE(TestRaceSynctestGoroutinesUnblocked) {
  auto c = make_chan<void>();
  int x = 0;
  gosan::wait_group group;
  for (int i = 0; i < 2; ++i)
    group.go([&, i, c] {
      c.recv();
      x = i;  // race TestRaceSynctestGoroutinesUnblocked
    });
  unseen::sleep();
  c.close();
  group.wait();
}

CASE(TestRaceSynctestGoroutinesSleep) {
  int x = 0;
  gosan::wait_group group;
  for (int i = 1; i < 3; ++i)
    group.go([&, i] {
      gosan::sleep_for(i * 2ms);
      x = i;  // race TestRaceSynctestGoroutinesSleep
    });
  group.wait();
}

CASE(TestRaceSynctestTimers) {
  // By due time, and one by its channel.
  int x = 0;
  auto c = make_chan<void>(1);
  gosan::timer late(4ms);
  gosan::after_func(1ms, [&, c] {
    x = 1;  // race TestRaceSynctestTimers
    c.send();
  });
  late.chan().recv();
  x = 2;  // race TestRaceSynctestTimers
  c.recv();
}

// Go's TestTimers: many tickers at once, each with a receiver of its own, and ticks that change hands.
CASE(TestNoRaceTimers) {
  gosan::wait_group group;
  long ticks = 0;
  gosan::mutex m;
  for (int i = 0; i < 8; ++i)
    group.go([&] {
      gosan::ticker t(20us);
      gosan::defer stop{[&] { t.stop(); }};
      for (int n = 0; n < 1000; ++n) {
        t.chan().recv();
        std::lock_guard hold(m);
        ++ticks;
      }
    });
  group.wait();
  side = static_cast<int>(ticks);
}

int main(int argc, char** argv) { return run_case(argc, argv); }
