// A heartbeat ranges over its ticker; stopping the ticker does not close its channel. Fixed: it also listens to an end.
#include "../kernel.hpp"

namespace kernels {
namespace range_over_stopped_ticker {

namespace buggy {

void run() {
  auto every = std::make_shared<ticker>(1us);
  auto beats = std::make_shared<std::atomic<int>>(0);
  go([every, beats] {
    while (every->chan().recv()) beats->fetch_add(1);
  });
  sleep_for(20us);
  every->stop();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto every = std::make_shared<ticker>(1us);
  auto beats = std::make_shared<std::atomic<int>>(0);
  auto end = make_chan<void>();
  go([every, beats, end] {
    while (select(recv_case(every->chan()), recv_case(end)) == 0) beats->fetch_add(1);
  });
  sleep_for(20us);
  every->stop();
  end.close();
}

}  // namespace fixed
}  // namespace range_over_stopped_ticker

GOSAN_KERNEL(range_over_stopped_ticker, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
