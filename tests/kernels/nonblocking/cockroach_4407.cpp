// Tasks are counted with a wait group while the stop may be waiting for it already: an add from zero that is not ordered
// with the wait. Fixed: a flag under the stopper's mutex; who finds it set does not start anything.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_4407 {

namespace buggy {

struct stopper {
  chan<void> stopping = make_chan<void>();
  wait_group tasks;
  mutex m;
};

struct server {
  mutex m;
  stopper stop;
};

void gossip(server* s) {
  std::lock_guard hold(s->m);
  s->stop.tasks.add(1);
  go([s] {
    s->m.lock();
    s->m.unlock();
    s->stop.tasks.done();
  });
}

void run() {
  auto s = make_forever<server>();
  for (int i = 0; i < 2; ++i) go([s] { gossip(s); });
  sleep_for(1ms);
  s->stop.stopping.close();
  s->stop.tasks.wait();
}

}  // namespace buggy

namespace fixed {

struct stopper {
  chan<void> stopping = make_chan<void>();
  wait_group tasks;
  mutex m;
  bool stopped = false;  // guarded by m

  bool enter() {
    std::lock_guard hold(m);
    if (stopped) return false;
    tasks.add(1);
    return true;
  }
  void stop() {
    {
      std::lock_guard hold(m);
      stopped = true;
    }
    stopping.close();
    tasks.wait();
  }
};

struct server {
  mutex m;
  stopper stop;
};

void gossip(server* s) {
  std::lock_guard hold(s->m);
  if (!s->stop.enter()) return;
  go([s] {
    s->m.lock();
    s->m.unlock();
    s->stop.tasks.done();
  });
}

void run() {
  auto s = make_forever<server>();
  for (int i = 0; i < 2; ++i) go([s] { gossip(s); });
  sleep_for(1ms);
  s->stop.stop();
}

}  // namespace fixed
}  // namespace cockroach_4407

GOSAN_KERNEL(cockroach_4407, "Go-Specific / WaitGroup", "wait-group-misuse data-race");
}  // namespace kernels
