// Facts of Go's memory model about locks, groups, timers, atomics and plain memory; see go_channels.cpp.
#include <gosan/gosan.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "case.hpp"
#include "unseen.hpp"

using gosan::go, gosan::make_chan, gosan::wait_group;
using namespace std::chrono_literals;

namespace {
void both(std::function<void()> f, std::function<void()> g) {
  wait_group group;
  group.go(std::move(f));
  group.go(std::move(g));
  group.wait();
}
}  // namespace

CASE(TestRaceMutex) {
  gosan::mutex m;
  int x = 0;
  turn at;
  both(
      [&] {
        x = 1;  // race TestRaceMutex
        std::lock_guard hold(m);
        at.wait(1);
      },
      [&] {
        x = 2;  // race TestRaceMutex
        at.next();
        std::lock_guard hold(m);
      });
}

CASE(TestRaceMutex2) {
  gosan::mutex m, n;
  int x = 0;
  both(
      [&] {
        std::lock_guard hold(m);
        x = 1;  // race TestRaceMutex2
      },
      [&] {
        std::lock_guard hold(n);
        x = 2;  // race TestRaceMutex2
      });
}

CASE(TestNoRaceMutexPureHappensBefore) {
  gosan::mutex m;
  int x = 0;
  turn at;
  both(
      [&] {
        x = 1;
        { std::lock_guard hold(m); }
        at.next();
      },
      [&] {
        at.wait(1);
        { std::lock_guard hold(m); }
        x = 2;
      });
}

CASE(TestRaceMutexRWMutex) {
  gosan::mutex m;
  gosan::shared_mutex n;
  int x = 0;
  both(
      [&] {
        std::lock_guard hold(m);
        x = 1;  // race TestRaceMutexRWMutex
      },
      [&] {
        std::unique_lock hold(n);
        x = 2;  // race TestRaceMutexRWMutex
      });
}

CASE(TestNoRaceRWMutex) {
  gosan::shared_mutex m;
  int x = 0;
  both(
      [&] {
        for (int i = 0; i < 20; ++i) m.lock(), x = 0, m.unlock();
        std::unique_lock hold(m);
        x = 1;
      },
      [&] {
        std::shared_lock hold(m);
        side = x;
      });
}

CASE(TestRaceRWMutexMultipleReaders) {
  gosan::shared_mutex m;
  int x = 0;
  turn at;
  auto reader = [&](int mine) {
    std::shared_lock hold(m);
    at.next();
    at.wait(2);
    x = mine;  // race TestRaceRWMutexMultipleReaders
  };
  both([&] { reader(1); }, [&] { reader(2); });
}

CASE(TestNoRaceRWMutexTransitive) {
  gosan::shared_mutex m;
  int x = 0, y = 0;
  turn at;
  wait_group group;
  group.go([&] {
    m.lock_shared();
    x = 1;
    m.unlock_shared();
    at.next();
  });
  group.go([&] {
    m.lock_shared();
    y = 1;
    m.unlock_shared();
    at.next();
  });
  at.wait(2);
  m.lock();
  x = y = 2;
  m.unlock();
  group.wait();
}

CASE(TestRaceCond) {
  gosan::mutex m;
  gosan::condition_variable c;
  bool ready = false;
  int x = 0;
  both(
      [&] {
        std::unique_lock hold(m);
        ready = true;
        c.notify_one();
        hold.unlock();
        x = 1;  // race TestRaceCond
      },
      [&] {
        std::unique_lock hold(m);
        c.wait(hold, [&] { return ready; });
        hold.unlock();
        x = 2;  // race TestRaceCond
      });
}

CASE(TestRaceGoroutineCreationStack) {
  int x = 0;
  auto done = make_chan<void>();
  go([&, done] {
    go([&, done] {
      go([&, done] {
        x = 1;  // race TestRaceGoroutineCreationStack
        done.send();
      });
    });
  });
  x = 2;  // race TestRaceGoroutineCreationStack
  done.recv();
}

CASE(TestNoRaceAfterFunc1) {
  int x = 0;
  auto c = make_chan<bool>(1);
  std::function<void()> f = [&, c] {
    if (++x == 4) return c.send(true);
    gosan::after_func(1ms, f);
  };
  gosan::after_func(0ms, f);
  c.recv();
  side = x;
}

CASE(TestRaceAfterFunc3) {
  auto c = make_chan<bool>(2);
  int x = 0;
  gosan::after_func(1ms, [&, c] {
    x = 1;  // race TestRaceAfterFunc3
    c.send(true);
  });
  gosan::after_func(3ms, [&, c] {
    x = 2;  // race TestRaceAfterFunc3
    c.send(true);
  });
  c.recv(), c.recv();
}

CASE(TestNoRaceAfterFuncReset) {
  int x = 0;
  auto c = make_chan<void>(1);
  auto t = gosan::after_func(1h, [&, c] {
    ++x;
    c.send();
  });
  t.stop();
  ++x;
  t.reset(1ms);
  c.recv();
  ++x;
}

CASE(TestNoRaceTimer) {
  int x = 0;
  auto c = make_chan<void>();
  x = 1;
  gosan::timer t(1ms);
  go([&, c] {
    t.chan().recv();
    x = 2;
    c.send();
  });
  c.recv();
}

CASE(TestNoRaceTickerReset) {
  int x = 0;
  auto c = make_chan<void>();
  gosan::ticker t(1h);
  x = 1;
  t.reset(1ms);
  go([&, c] {
    t.chan().recv();
    x = 2;
    c.send();
  });
  c.recv();
}

CASE(TestRaceWaitGroup) {
  wait_group group;
  int x = 0;
  for (int i = 0; i < 2; ++i) group.go([&, i] { x = i; });  // race TestRaceWaitGroup
  group.wait();
}

CASE(TestNoRaceWaitGroupTransitive) {
  int x = 0, y = 0;
  wait_group group;
  turn at;
  group.add(2);
  go([&] {
    x = 42;
    group.done();
    at.next();
  });
  go([&] {
    at.wait(1);
    y = 42;
    group.done();
  });
  group.wait();
  side = x + y;
}

CASE(TestNoRaceWaitGroupMultipleWait3) {
  int data[2] = {};
  wait_group group;
  group.add(2);
  for (int i = 0; i < 2; ++i)
    go([&, i] {
      data[i] = 1;
      group.done();
    });
  both([&] { group.wait(), side = 0 * data[0]; }, [&] { group.wait(); });
  group.wait();
}

CASE(TestNoRaceWaitGroupReuse) {
  wait_group group;
  int data = 0;
  for (int round = 0; round < 5; ++round) {
    group.add(1);
    go([&] {
      ++data;
      group.done();
    });
    group.wait();
    ++data;
  }
}

CASE(TestRacePool) {
  gosan::pool<std::shared_ptr<int>> p([] { return std::make_shared<int>(0); });
  auto mine = p.get();
  auto done = make_chan<void>(1);
  p.put(mine);
  go([&, done] {
    *p.get() = 1;  // race TestRacePool
    done.send();
  });
  *mine = 2;  // race TestRacePool
  done.recv();
}

CASE(TestNoRaceAtomicAddInt64) {
  int x = 0;
  std::atomic<long> s = 0;
  both([&] { x = 1, s.fetch_add(1); }, [&] {
    while (s.load() != 1) gosan::yield();
    if (s.fetch_add(1) == 1) x = 2;
  });
}

CASE(TestRaceAtomicAddInt64) {
  int x = 0;
  std::atomic<long> s = 0;
  auto f = [&] {
    if (s.fetch_add(1) == 0) x = 1;
    s.fetch_add(1);
    x = 1;  // race TestRaceAtomicAddInt64
  };
  both(f, f);
}

CASE(TestNoRaceAtomicCASCASInt32_2) {
  int x1 = 0, x2 = 0;
  std::atomic<int> s = 0;
  auto done = make_chan<void>(2);
  auto f = [&](int& mine, int& other) {
    mine = 1;
    int expected = 0;
    if (!s.compare_exchange_strong(expected, 1)) other = 1;
    done.send();
  };
  go([&] { f(x1, x2); });
  go([&] { f(x2, x1); });
  done.recv(), done.recv();
}

CASE(TestRaceAtomicStoreLoad) {
  long x = 0;
  both([&] { __atomic_store_n(&x, 1, __ATOMIC_SEQ_CST); }, [&] { side = static_cast<int>(x); });  // race TestRaceAtomicStoreLoad
}

CASE(TestRaceFuncArgument2) {
  int x = 0;
  auto done = make_chan<void>(2);
  go([&, done] {
    x = 1;  // race TestRaceFuncArgument2
    done.send();
  });
  go([done](int) { done.send(); }, x);
  done.recv(), done.recv();
}

CASE(TestNoRaceFuncArgsRW) {
  auto done = make_chan<void>(1);
  long x = 0;
  go([done](long copy) {
    side = static_cast<int>(copy);
    done.send();
  }, x);
  x = 1;
  done.recv();
  side = static_cast<int>(x);
}

CASE(TestRaceForTest) {
  auto done = make_chan<bool>(2), c = make_chan<bool>(100);
  bool stop = false;
  go([&, done, c] {
    for (int i = 0; i < 5 && !stop; ++i) c.send(true);  // race TestRaceForTest
    done.send(true);
  });
  stop = true;  // race TestRaceForTest
  done.recv();
}

CASE(TestRaceTLS) {
  // A goroutine's own local whose address was sent.
  auto addresses = make_chan<int*>(), replies = make_chan<int*>();
  auto done = make_chan<void>(1);
  go([=] {
    int local = 0;
    addresses.send(&local);
    local = 1;  // race TestRaceTLS
    replies.recv();
    side = local;
    done.send();
  });
  int* theirs = *addresses.recv();
  *theirs = 2;  // race TestRaceTLS
  replies.send(nullptr);
  done.recv();
}

CASE(TestRaceCrawl) {
  std::map<std::string, bool> seen;
  wait_group group;
  std::function<void(std::string, int)> crawl = [&](std::string url, int depth) {
    if (depth == 0 || std::exchange(seen[url], true)) return;  // race TestRaceCrawl
    for (const char* more : {"a", "b"}) group.go([&, url, more, depth] { crawl(url + more, depth - 1); });
  };
  crawl("x", 3);
  group.wait();
}

CASE(TestRaceFuncVariableWW) {
  std::function<int(int)> f = [](int x) { return x; };
  both([&] { f = nullptr; }, [&] { f = [](int x) { return x + 1; }; });  // race TestRaceFuncVariableWW
}

CASE(TestNoRaceStructFieldRW1) {
  struct {
    int a, b;
  } p{};
  both([&] { p.a = 1; }, [&] { side = p.b; });
}

CASE(TestRaceIssue5567) {
  // A buffer used again after a view of it was sent.
  auto views = make_chan<const char*>(), done = make_chan<const char*>();
  char buffer[8] = "abc";
  go([=] {
    for (const char* v : views) side = v[1];  // race TestRaceIssue5567
    done.send(nullptr);
  });
  views.send(buffer);
  buffer[1] = 'x';  // race TestRaceIssue5567
  views.close();
  done.recv();
}

int main(int argc, char** argv) { return run_case(argc, argv); }
