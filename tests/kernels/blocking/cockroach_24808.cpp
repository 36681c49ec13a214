// The channel has room for one and is full when the compactor's start sends again, before there is a worker to receive.
// Fixed: that send does not wait; one notification is as good as two.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_24808 {

struct compactor {
  chan<void> work = make_chan<void>(1);
  chan<void> stop = make_chan<void>();
  wait_group workers;

  void process() {
    while (select(recv_case(stop), recv_case(work)) == 1) {
    }
    workers.done();
  }
};

namespace buggy {

void start(const std::shared_ptr<compactor>& c) {
  c->work.send();
  c->workers.add(1);
  go([c] { c->process(); });
}

void run() {
  auto c = std::make_shared<compactor>();
  defer stop{[&] { c->stop.close(); }};
  c->work.send();
  start(c);
}

}  // namespace buggy

namespace fixed {

void start(const std::shared_ptr<compactor>& c) {
  c->work.try_send();
  c->workers.add(1);
  go([c] { c->process(); });
}

void run() {
  auto c = std::make_shared<compactor>();
  defer stop{[&] { c->stop.close(); }};
  c->work.send();
  start(c);
}

}  // namespace fixed
}  // namespace cockroach_24808

GOSAN_KERNEL(cockroach_24808, "Communication Deadlock / Channel", GOSAN_BLOCKING);
}  // namespace kernels
