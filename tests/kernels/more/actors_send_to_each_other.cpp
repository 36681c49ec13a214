// Two actors, each with a loop over an inbox without room; handling a message sends one to the other. Both may be sending
// at once. Fixed: an inbox has room for the one message that can be on its way.
#include "../kernel.hpp"

namespace kernels {
namespace actors_send_to_each_other {

struct actor {
  chan<int> inbox;

  explicit actor(std::size_t room) : inbox(make_chan<int>(room)) {}

  void loop(const chan<int>& other) const {
    for (int i = 0; i < 20; ++i) {
      other.send(i);
      inbox.recv();
    }
  }
};

namespace buggy {

void run() {
  actor a(0), b(0);
  wait_group both;
  both.go([&] { a.loop(b.inbox); });
  both.go([&] { b.loop(a.inbox); });
  both.wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  actor a(1), b(1);
  wait_group both;
  both.go([&] { a.loop(b.inbox); });
  both.go([&] { b.loop(a.inbox); });
  both.wait();
}

}  // namespace fixed
}  // namespace actors_send_to_each_other

GOSAN_KERNEL(actors_send_to_each_other, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
