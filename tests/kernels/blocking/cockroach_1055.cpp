// Stopping three stoppers: a worker that saw "not draining" counts itself as a task after the stop has begun, and nothing
// ever counts it down; the stop waits for it, holding the mutex that other workers need.
// Fixed: the flag is looked at under the mutex, the task counts itself down, and nobody waits with the mutex held.
#include "../kernel.hpp"

namespace kernels {
namespace cockroach_1055 {

struct stopper {
  chan<void> stop = make_chan<void>();
  mutex m;
  wait_group stopping, draining_tasks;
  std::atomic<int> draining{0};
};
using stoppers = std::vector<std::shared_ptr<stopper>>;

stoppers three() {
  stoppers all;
  for (int i = 0; i < 3; ++i) all.push_back(std::make_shared<stopper>());
  return all;
}

namespace buggy {

void work(stopper& s) {
  if (s.draining.load() == 0) {
    std::lock_guard hold(s.m);
    s.draining_tasks.add(1);
  }
  s.stop.recv();
  s.stopping.done();
}

void quiesce(stopper& s) {
  s.draining.store(1);
  s.draining_tasks.wait();
}

void stop_all(const stoppers& all) {
  for (const auto& s : all) {
    std::lock_guard hold(s->m);
    quiesce(*s);
    s->draining.store(0);
  }
  for (const auto& s : all) {
    std::lock_guard hold(s->m);
    quiesce(*s);
    s->stop.close();
    s->stopping.wait();
  }
}

void run() {
  stoppers all = three();
  auto done = make_chan<void>();
  for (const auto& s : all) {
    s->stopping.add(1);
    go([s] { work(*s); });
  }
  go([all, done] {
    stop_all(all);
    done.close();
  });
  done.recv();
}

}  // namespace buggy

namespace fixed {

void work(stopper& s) {
  {
    std::unique_lock hold(s.m);
    if (s.draining.load() == 0) {
      s.draining_tasks.add(1);
      hold.unlock();
      s.draining_tasks.done();
    }
  }
  s.stop.recv();
  s.stopping.done();
}

void quiesce(stopper& s) {
  {
    std::lock_guard hold(s.m);
    s.draining.store(1);
  }
  s.draining_tasks.wait();
}

void stop_all(const stoppers& all) {
  for (const auto& s : all) {
    quiesce(*s);
    std::lock_guard hold(s->m);
    s->draining.store(0);
  }
  for (const auto& s : all) {
    quiesce(*s);
    s->stop.close();
    s->stopping.wait();
  }
}

void run() {
  stoppers all = three();
  auto done = make_chan<void>();
  for (const auto& s : all) {
    s->stopping.add(1);
    go([s] { work(*s); });
  }
  go([all, done] {
    stop_all(all);
    done.close();
  });
  done.recv();
}

}  // namespace fixed
}  // namespace cockroach_1055

GOSAN_KERNEL(cockroach_1055, "Mixed Deadlock / Channel & WaitGroup", GOSAN_BLOCKING);
}  // namespace kernels
