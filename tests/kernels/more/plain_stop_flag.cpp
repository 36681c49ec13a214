// A loop looks at a plain flag that its owner sets. Fixed: the flag is atomic.
#include "../kernel.hpp"

namespace kernels {
namespace plain_stop_flag {

namespace buggy {

struct worker {
  bool stopped = false;
  int turns = 0;

  void loop(const chan<void>& ended) {
    while (!stopped && turns < 100) {
      ++turns;
      gosan::yield();
    }
    ended.close();
  }
};

void run() {
  auto w = make_forever<worker>();
  auto ended = make_chan<void>();
  go([w, ended] { w->loop(ended); });
  w->stopped = true;
  ended.recv();
}

}  // namespace buggy

namespace fixed {

struct worker {
  std::atomic<bool> stopped = false;
  int turns = 0;

  void loop(const chan<void>& ended) {
    while (!stopped.load() && turns < 100) {
      ++turns;
      gosan::yield();
    }
    ended.close();
  }
};

void run() {
  auto w = make_forever<worker>();
  auto ended = make_chan<void>();
  go([w, ended] { w->loop(ended); });
  w->stopped.store(true);
  ended.recv();
}

}  // namespace fixed
}  // namespace plain_stop_flag

GOSAN_KERNEL(plain_stop_flag, "Traditional / Data race", "data-race");
}  // namespace kernels
