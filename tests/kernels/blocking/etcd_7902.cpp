// Three clients release a lock in rounds: the leader closes the round's channel and makes the next one, the others wait
// for that, all of it under one mutex. Whoever waits keeps the mutex from the leader. (Who the leader is, is read from the
// loop variable, which is 2 by then: nobody is.)
// Fixed: the wait is outside the mutex; the leader is the first client, and leaves the last channel closed.
#include "../kernel.hpp"

namespace kernels {
namespace etcd_7902 {

constexpr int clients = 3, rounds = 100;

struct round_trip {
  mutex m;
  chan<void> next = make_chan<void>();  // guarded by m
  std::atomic<int> index{0};            // the loop variable, which all clients share
  wait_group running;
};

namespace buggy {

void release(round_trip& r, const chan<void>& mine) {
  if (r.index.load() == 0) {
    r.next.close();
    r.next = make_chan<void>();
  }
  mine.recv();
}

void client(round_trip& r) {
  for (int i = 0; i < rounds; ++i) {
    r.m.lock();
    chan<void> mine = r.next;
    r.m.unlock();
    r.m.lock();
    release(r, mine);
    r.m.unlock();
  }
  r.running.done();
}

void run() {
  auto r = std::make_shared<round_trip>();
  go([r] {
    r->running.add(clients);
    for (int i = 0; i < clients; ++i) {
      r->index.store(i);
      go([r] { client(*r); });
    }
    r->running.wait();
  });
}

}  // namespace buggy

namespace fixed {

void release(round_trip& r, int me, int round) {
  if (me != 0) return;
  r.next.close();
  if (round + 1 < rounds) r.next = make_chan<void>();
}

void client(round_trip& r, int me) {
  for (int i = 0; i < rounds; ++i) {
    r.m.lock();
    chan<void> mine = r.next;
    r.m.unlock();
    r.m.lock();
    release(r, me, i);
    r.m.unlock();
    mine.recv();
  }
  r.running.done();
}

void run() {
  auto r = std::make_shared<round_trip>();
  go([r] {
    r->running.add(clients);
    for (int i = 0; i < clients; ++i) go([r, i] { client(*r, i); });
    r->running.wait();
  });
}

}  // namespace fixed
}  // namespace etcd_7902

GOSAN_KERNEL(etcd_7902, "Mixed Deadlock / Channel & Lock", GOSAN_BLOCKING);
}  // namespace kernels
