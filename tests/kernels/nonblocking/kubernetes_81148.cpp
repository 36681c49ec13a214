// A test finds a record in a queue's map without the lock and overwrites its time, while the queue's goroutine walks the
// map under the lock. Fixed: overwritten under the lock.
#include "../kernel.hpp"

namespace kernels {
namespace kubernetes_81148 {

using clock = std::chrono::steady_clock;

struct record {
  clock::time_point timestamp;
};

struct queue {
  shared_mutex m;
  std::map<std::string, record> unschedulable;  // guarded by m
  chan<void> stop = make_chan<void>();

  void add(const std::string& name) {
    std::lock_guard hold(m);
    unschedulable[name] = {clock::now()};
  }
  void flush() {
    if (select(recv_case(stop), default_case()) == 0) return;
    {
      std::lock_guard hold(m);
      for (const auto& [name, r] : unschedulable) {
        [[maybe_unused]] volatile bool old = clock::now() - r.timestamp > 1min;
      }
    }
    stop.recv();
  }
};

namespace buggy {

void test(queue* q) {
  go([q] { q->flush(); });
  q->add("pod");
  q->unschedulable.find("pod")->second.timestamp = clock::now() - 1h;
}

void run() {
  auto q = make_forever<queue>();
  wait_group joined;
  joined.go([q] { test(q); });
  joined.wait();
  q->stop.close();
}

}  // namespace buggy

namespace fixed {

void test(queue* q) {
  go([q] { q->flush(); });
  q->add("pod");
  std::lock_guard hold(q->m);
  q->unschedulable.find("pod")->second.timestamp = clock::now() - 1h;
}

void run() {
  auto q = make_forever<queue>();
  wait_group joined;
  joined.go([q] { test(q); });
  joined.wait();
  q->stop.close();
}

}  // namespace fixed
}  // namespace kubernetes_81148

GOSAN_KERNEL(kubernetes_81148, "Traditional / Data race", "data-race");
}  // namespace kernels
