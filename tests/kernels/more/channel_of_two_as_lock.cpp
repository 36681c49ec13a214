// A channel is used as a lock: to send on it is to lock, to receive from it to unlock. Its capacity is two.
// Fixed: it is one.
#include "../kernel.hpp"

namespace kernels {
namespace channel_of_two_as_lock {

struct counter {
  chan<void> lock;
  int value = 0;

  void add() {
    lock.send();
    ++value;
    lock.recv();
  }
};

void count(std::size_t capacity) {
  auto c = make_forever<counter>();
  c->lock = make_chan<void>(capacity);
  wait_group all;
  for (int i = 0; i < 4; ++i) all.go([c] { c->add(); });
  all.wait();
}

namespace buggy {

void run() { count(2); }

}  // namespace buggy

namespace fixed {

void run() { count(1); }

}  // namespace fixed
}  // namespace channel_of_two_as_lock

GOSAN_KERNEL(channel_of_two_as_lock, "Traditional / Data race", "data-race");
}  // namespace kernels
