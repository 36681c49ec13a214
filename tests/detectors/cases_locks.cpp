#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "cases.hpp"
#include "gosan/gosan.hpp"

using namespace gosan;

namespace {
mutex first, second;

void in_order(mutex& a, mutex& b) {
  std::lock_guard hold_a(a);
  std::lock_guard hold_b(b);
}
}  // namespace

GOSAN_CASE(lock_order_right) {
  auto c = make_chan<void>();
  go([c]() mutable { in_order(first, second); c.send(); });
  go([c]() mutable { in_order(first, second); c.send(); });
  c.recv(), c.recv();
}

GOSAN_CASE(lock_order_wrong) {
  wait_group wg;
  wg.add(2);
  semaphore turn(1);  // orders nothing on purpose: a lock of another kind
  go([&] { turn.acquire(1); in_order(first, second); turn.release(1); wg.done(); });
  go([&] { turn.acquire(1); in_order(second, first); turn.release(1); wg.done(); });
  wg.wait();
}

GOSAN_CASE(double_lock) {
  auto ready = make_chan<void>(1);
  go(go_options{.name = "twice"}, [ready]() mutable {
    first.lock();
    ready.send();
    first.lock();
  });
  ready.recv();
}

GOSAN_CASE(partial_deadlock) {
  auto has = make_chan<void>();
  auto both = std::make_shared<barrier>(2);
  auto body = [has, both](mutex& mine, mutex& other) mutable {
    mine.lock();
    both->arrive_and_wait();
    has.send();
    other.lock();
  };
  go(body, std::ref(first), std::ref(second));
  go(body, std::ref(second), std::ref(first));
  has.recv(), has.recv();
}

GOSAN_CASE(partial_deadlock_of_lock_and_channel) {
  auto held = make_chan<void>();
  {
    auto c = make_chan<int>();
    go([c, held]() mutable {
      first.lock();
      held.send();
      c.recv();
      first.unlock();
    });
    held.recv();
    go([c]() mutable {
      first.lock();
      c.send(1);
      first.unlock();
    });
  }
}

namespace {
void take_twice_beside(bool reading, bool twice) {
  static shared_mutex& m = *new shared_mutex;
  auto lock = [reading] { reading ? m.lock_shared() : m.lock(); };
  auto unlock = [reading] { reading ? m.unlock_shared() : m.unlock(); };
  auto taken = make_chan<void>(1);
  go([=]() mutable {
    lock();
    taken.send();
    for (int i = 0; i < 10; ++i) yield();
    if (twice) lock(), unlock();
    unlock();
  });
  taken.recv();
  go([] {
    m.lock();
    m.unlock();
  });
  for (int i = 0; i < 50; ++i) yield();
}
}  // namespace
GOSAN_CASE(double_lock_and_another) { take_twice_beside(false, true); }
GOSAN_CASE(double_read_and_a_writer) { take_twice_beside(true, true); }
GOSAN_CASE(one_lock_and_another) { take_twice_beside(false, false); }
GOSAN_CASE(one_read_and_a_writer) { take_twice_beside(true, false); }

GOSAN_CASE(upgrade) {
  auto ready = make_chan<void>(1);
  static shared_mutex& m = *new shared_mutex;
  go([ready]() mutable {
    m.lock_shared();
    ready.send();
    m.lock();
  });
  ready.recv();
}
