// Facts of Go's memory model about locks, groups, pools and finalizers (in C++ what a shared_ptr's deleter does); see
// go_channels.cpp.
#include <gosan/gosan.hpp>

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <system_error>

#include "case.hpp"
#include "unseen.hpp"

using gosan::go, gosan::make_chan, gosan::wait_group;

CASE(TestNoRaceRWMutexMultipleReaders) {
  gosan::shared_mutex m;
  int x = 0, seen[3] = {};
  wait_group group;
  group.go([&] {
    std::unique_lock hold(m);
    x = 2;
  });
  for (int& mine : seen)
    group.go([&] {
      std::shared_lock hold(m);
      mine = x + 1;
    });
  group.wait();
  side = seen[0] + seen[1] + seen[2];
}

CASE(TestNoRaceCond) {
  gosan::mutex m;
  gosan::condition_variable c;
  bool ready = false;
  int x = 0;
  go([&] {
    x = 1;
    std::lock_guard hold(m);
    ready = true;
    c.notify_one();
  });
  std::unique_lock hold(m);
  while (!ready) c.wait(hold);
  hold.unlock();
  x = 2;
}

CASE(TestNoRaceNilMutexCrash) {
  // A lock of no mutex throws; another one works in the handler, and orders.
  gosan::mutex m;
  int x = 0;
  auto locked = [&] {
    std::unique_lock<gosan::mutex> none;
    try {
      none.lock();
      std::puts("?");
    } catch (const std::system_error&) {
      std::lock_guard hold(m);
      ++x;
    }
  };
  wait_group group;
  group.go(locked), group.go(locked);
  group.wait();
}

CASE(TestNoRaceWaitGroupMultipleWait) {
  wait_group group;
  auto done = make_chan<void>(2);
  for (int i = 0; i < 2; ++i)
    go([&group, done] {
      group.wait();
      done.send();
    });
  done.recv(), done.recv();
  group.wait();
}

CASE(TestRaceWaitGroup2) {
  wait_group group;
  int x = 0;
  group.add(2);
  for (int i = 0; i < 2; ++i)
    go([&, i] {
      x = i;  // race TestRaceWaitGroup2
      group.done();
    });
  group.wait();
}

CASE(TestRaceWaitGroupAsMutex) {
  // Both see that nobody is counted, then count themselves.
  wait_group group;
  auto done = make_chan<void>(2);
  int x = 0;
  turn at;
  for (int i = 0; i < 2; ++i)
    go([&, i, done] {
      group.wait();
      at.next();
      at.wait(2);
      group.add(1);
      x = i;  // race TestRaceWaitGroupAsMutex
      group.done();
      done.send();
    });
  done.recv(), done.recv();
}

CASE(TestRaceWaitGroupWrongAdd) {
  // Counted by the goroutine itself, when the wait is over.
  wait_group group;
  auto done = make_chan<void>(1);
  int x = 0;
  turn at;
  go([&, done] {
    at.wait(1);
    group.add(1);
    x = 1;  // race TestRaceWaitGroupWrongAdd
    group.done();
    done.send();
  });
  group.wait();
  at.next();
  x = 2;  // race TestRaceWaitGroupWrongAdd
  done.recv();
}

CASE(TestRaceWaitGroupReuse) {
  // A second waiter of the first round is still reading when the second round begins.
  wait_group group;
  auto done = make_chan<void>(1);
  int x = 0;
  turn at;
  group.go([&] { x = 1; });
  go([&, done] {
    group.wait();
    at.next();
    side = x;  // race TestRaceWaitGroupReuse
    done.send();
  });
  group.wait();
  at.wait(1);
  group.go([&] { x = 2; });  // race TestRaceWaitGroupReuse
  group.wait();
  done.recv();
}

CASE(TestNoRaceWaitGroupReuse2) {
  wait_group group;
  int data = 0;
  for (int round = 0; round < 5; ++round) {
    auto joined = make_chan<void>(1);
    group.go([&] { data = round; });
    go([&group, joined] {
      group.wait();
      joined.send();
    });
    group.wait();
    joined.recv();
    ++data;
  }
}

CASE(TestNoRaceWaitGroupConcurrentAdd) {
  wait_group group;
  auto added = make_chan<void>();
  int data[3] = {};
  for (int& mine : data)
    go([&, added] {
      group.add(1);
      added.send();
      mine = 1;
      group.done();
    });
  for (int i = 0; i < 3; ++i) added.recv();
  group.wait();
  for (int& d : data) ++d;
}

CASE(TestNoRaceWaitGroupPanicRecover2) {
  // Started by a deferred function while the exception is on its way.
  wait_group group;
  auto done = make_chan<void>(1);
  int x = 0;
  try {
    gosan::defer later{[&] {
      go([&, done] {
        x = 2;
        done.send();
      });
    }};
    x = 1;
    group.add(1);
    group.done();
    throw std::runtime_error("on its way");
  } catch (const std::runtime_error&) {
  }
  done.recv();
  x = 3;
}

CASE(TestNoRacePool) {
  gosan::pool<std::shared_ptr<int>> p([] { return std::make_shared<int>(0); });
  wait_group group;
  for (int g = 0; g < 2; ++g)
    group.go([&] {
      for (int i = 0; i < 50; ++i) {
        auto object = p.get();
        ++*object;
        p.put(object);
      }
    });
  group.wait();
}

CASE(TestNoRaceFinGlobal) {
  // The deleter may lock like anybody else.
  gosan::mutex m;
  int freed = 0;
  wait_group group;
  for (int g = 0; g < 4; ++g)
    group.go([&] {
      std::shared_ptr<int> object(new int(1), [&](int* p) {
        delete p;
        std::lock_guard hold(m);
        ++freed;
      });
      group.go([object] { if (!*object) std::puts("?"); });
      gosan::yield();
    });
  {
    std::lock_guard hold(m);
    ++freed;
  }
  group.wait();
}

CASE(TestRaceFin) {
  // To see that the last owner is gone is no order with what the deleter did.
  int x = 0;
  auto done = make_chan<void>(1);
  std::weak_ptr<int> watched;
  {
    std::shared_ptr<int> object(new int(1), [&](int* p) {
      x = 1;  // race TestRaceFin
      delete p;
    });
    watched = object;
    go([object = std::move(object), done]() mutable {
      object.reset();
      done.send();
    });
  }
  while (!watched.expired()) gosan::yield();
  x = 2;  // race TestRaceFin
  done.recv();
}

int main(int argc, char** argv) { return run_case(argc, argv); }
