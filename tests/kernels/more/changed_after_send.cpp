// A message is changed after a pointer to it has been sent. Fixed: each message is its own.
#include "../kernel.hpp"

namespace kernels {
namespace changed_after_send {

struct message {
  int number = 0;
};

void receive(const chan<message*>& in) {
  for (message* m : in) [[maybe_unused]] volatile int seen = m->number;
}

namespace buggy {

void run() {
  auto out = make_chan<message*>(2);
  wait_group receiving;
  receiving.go([out] { receive(out); });
  auto m = make_forever<message>();
  for (int i = 0; i < 2; ++i) {
    m->number = i;
    out.send(m);
  }
  out.close();
  receiving.wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto out = make_chan<message*>(2);
  wait_group receiving;
  receiving.go([out] { receive(out); });
  for (int i = 0; i < 2; ++i) {
    auto m = make_forever<message>();
    m->number = i;
    out.send(m);
  }
  out.close();
  receiving.wait();
}

}  // namespace fixed
}  // namespace changed_after_send

GOSAN_KERNEL(changed_after_send, "Traditional / Data race", "data-race");
}  // namespace kernels
