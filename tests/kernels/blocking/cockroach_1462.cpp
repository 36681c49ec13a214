// A producer polls the stop signal and then sends; its only receiver may see the stop first and leave, so that the
// producer waits on its send for ever, and the stop for the producer.
// Fixed: the producer sends and listens to the stop in one select.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_1462 {

struct stopper {
  chan<void> stop = make_chan<void>();
  chan<void> stopped = make_chan<void>();
  chan<int> events = make_chan<int>();
  wait_group stopping;
  mutex m;
  condition_variable idle;
  int tasks = 0;  // guarded by m
};

void consume(stopper& s) {
  while (select(recv_case(s.events), recv_case(s.stop)) == 0) {
  }
  s.stopping.done();
}

void stop(stopper& s) {
  {
    std::unique_lock hold(s.m);
    while (s.tasks > 0) s.idle.wait(hold);
  }
  s.stop.close();
  s.stopping.wait();
  std::lock_guard hold(s.m);
  s.stopped.close();
}

namespace buggy {

void produce(stopper& s) {
  while (select(recv_case(s.stop), default_case()) == 1) s.events.send(1);
  s.stopping.done();
}

void run() {
  auto s = std::make_shared<stopper>();
  s->stopping.add(1);
  go([s] { produce(*s); });
  s->stopping.add(1);
  go([s] { consume(*s); });
  stop(*s);
}

}  // namespace buggy

namespace fixed {

void produce(stopper& s) {
  while (select(recv_case(s.stop), send_case(s.events, 1)) == 1) {
  }
  s.stopping.done();
}

void run() {
  auto s = std::make_shared<stopper>();
  s->stopping.add(1);
  go([s] { produce(*s); });
  s->stopping.add(1);
  go([s] { consume(*s); });
  stop(*s);
}

}  // namespace fixed
}  // namespace cockroach_1462

GOSAN_KERNEL(cockroach_1462, "Mixed Deadlock / Channel & WaitGroup", GOSAN_BLOCKING);
}  // namespace kernels
