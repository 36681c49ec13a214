// A test looks into a queue's heap without its lock, while the queue's own goroutine takes something out under it; and
// that goroutine is never stopped. Fixed: looked up under the lock, and stopped.
#include "cells.hpp"

#include <string_view>

namespace kernels {
namespace kubernetes_79631 {

struct queue {
  shared_mutex m;
  table_cell<std::string_view, int> heap;  // guarded by m
  chan<void> stop = make_chan<void>();

  void flush() {
    if (select(recv_case(stop), default_case()) == 0) return;
    {
      std::lock_guard hold(m);
      heap.erase("pod");
    }
    stop.recv();
  }
};

queue* start() {
  auto q = make_forever<queue>();
  go([q] { q->flush(); });
  return q;
}

namespace buggy {

void run() {
  auto tests = make_forever<wait_group>();
  tests->add(1);
  go([tests] {
    tests->done();
    auto q = start();
    look_at(q->heap.contains("pod"));
  });
  tests->wait();
}

}  // namespace buggy

namespace fixed {

void run() {
  auto tests = make_forever<wait_group>();
  tests->add(1);
  go([tests] {
    auto q = start();
    {
      std::shared_lock hold(q->m);
      look_at(q->heap.contains("pod"));
    }
    q->stop.close();
    tests->done();
  });
  tests->wait();
}

}  // namespace fixed
}  // namespace kubernetes_79631

GOSAN_KERNEL(kubernetes_79631, "Traditional / Data race", "data-race");
}  // namespace kernels
