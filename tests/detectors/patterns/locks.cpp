// Locks: not given back on a path, taken twice, in two orders, held while waiting for a message.
#include "pattern.hpp"

namespace patterns {
namespace {

PATTERN(unlock_missing_on_a_path, stuck) {
  auto m = std::make_shared<mutex>();
  auto f = [m, bug](bool early) {
    m->lock();
    if (early && bug) return;
    m->unlock();
  };
  wait_group first;
  first.go([f] { f(true); });
  first.wait();
  go([f] { f(false); });
  for (int i = 0; i < 5; ++i) yield();
}

// A method that locks calls another that locks.
PATTERN(method_calls_method, stuck) {
  struct store {
    mutex m;
    int n = 0;
    int size() { return std::lock_guard(m), n; }
    int size_locked() const { return n; }
    void add(bool bug) {
      std::lock_guard hold(m);
      if (++n; bug) size();
      else size_locked();
    }
  };
  auto s = std::make_shared<store>();
  go([s, bug] { s->add(bug); });
  for (int i = 0; i < 5; ++i) yield();
}

// A reader that reads again below, with a writer waiting between.
PATTERN(read_lock_twice_with_a_writer, stuck) {
  auto m = std::make_shared<shared_mutex>();
  auto inner = [m] { std::shared_lock hold(*m); };
  wait_group wg;
  wg.add(2);
  auto reader = [m, inner, bug, &wg] {
    {
      std::shared_lock hold(*m);
      yield();
      if (bug) inner();
    }
    if (!bug) inner();
    wg.done();
  };
  go(reader);
  go([m, &wg] {
    std::lock_guard hold(*m);
    wg.done();
  });
  wg.wait();
}

PATTERN(read_lock_upgraded, stuck) {
  auto m = std::make_shared<shared_mutex>();
  go([m, bug] {
    m->lock_shared();
    if (!bug) m->unlock_shared();
    m->lock();
    m->unlock();
    if (bug) m->unlock_shared();
  });
  for (int i = 0; i < 5; ++i) yield();
}

// Two accounts, each transfer locks from and to.
PATTERN(two_accounts, stuck) {
  struct account {
    mutex m;
    int money = 10;
  };
  auto a = std::make_shared<account>(), b = std::make_shared<account>();
  auto transfer = [bug](account& from, account& to) {
    account* first = &from;
    account* second = &to;
    if (!bug && first > second) std::swap(first, second);
    std::lock_guard h1(first->m);
    std::lock_guard h2(second->m);
    --from.money, ++to.money;
  };
  wait_group wg;
  wg.go([=] { transfer(*a, *b); });
  wg.go([=] { transfer(*b, *a); });
  wg.wait();
}

// Three locks in a ring; no two goroutines are enough.
PATTERN(three_locks_in_a_ring, stuck) {
  struct table {
    mutex m[3];
  };
  auto t = std::make_shared<table>();
  wait_group wg;
  for (int i = 0; i < 3; ++i)
    wg.go([t, i, bug] {
      const int j = (i + 1) % 3;
      std::lock_guard h1(t->m[bug ? i : std::min(i, j)]);
      std::lock_guard h2(t->m[bug ? j : std::max(i, j)]);
    });
  wg.wait();
}

// Sends while it holds the lock that the receiver needs first.
PATTERN(send_under_the_receivers_lock, stuck) {
  auto m = std::make_shared<mutex>();
  auto c = make_chan<int>();
  go([m, c, bug]() mutable {
    m->lock();
    if (!bug) m->unlock();
    c.send(1);
    if (bug) m->unlock();
  });
  go([m, c]() mutable {
    m->lock();
    m->unlock();
    c.recv();
  });
  for (int i = 0; i < 5; ++i) yield();
}

// Waits for the workers while it holds what they need to finish.
PATTERN(wait_under_the_workers_lock, stuck) {
  auto m = std::make_shared<mutex>();
  go([m, bug] {
    wait_group wg;
    m->lock();
    for (int i = 0; i < 2; ++i)
      wg.go([m] {
        std::lock_guard hold(*m);
      });
    if (!bug) m->unlock();
    wg.wait();
    if (bug) m->unlock();
  });
  for (int i = 0; i < 5; ++i) yield();
}

// An event is sent under a lock whose holder is the only one to take events.
PATTERN(callback_under_lock, stuck) {
  struct hub {
    mutex m;
    std::vector<std::function<void()>> listeners;
    void fire(bool bug) {
      std::unique_lock hold(m);
      auto copy = listeners;
      if (!bug) hold.unlock();
      for (auto& l : copy) l();
    }
    void listen(std::function<void()> f) {
      std::lock_guard hold(m);
      listeners.push_back(std::move(f));
    }
  };
  auto h = std::make_shared<hub>();
  h->listen([p = h.get()] { p->listen([] {}); });
  go([h, bug] { h->fire(bug); });
  for (int i = 0; i < 5; ++i) yield();
}

// A condition is signalled before anybody waits, and the flag is not looked at.
PATTERN(signal_before_the_wait, stuck) {
  struct shared {
    mutex m;
    condition_variable cv;
    bool set = false;
  };
  auto s = std::make_shared<shared>();
  go([s, bug] {
    std::unique_lock hold(s->m);
    if (bug) s->cv.wait(hold);
    else while (!s->set) s->cv.wait(hold);
  });
  go([s] {
    std::lock_guard hold(s->m);
    s->set = true;
    s->cv.notify_one();
  });
  for (int i = 0; i < 8; ++i) yield();
}

// One is woken where all must be.
PATTERN(one_woken_of_two, stuck) {
  struct shared {
    mutex m;
    condition_variable cv;
    bool set = false;
  };
  auto s = std::make_shared<shared>();
  auto waiting = make_chan<void>(2);
  for (int i = 0; i < 2; ++i)
    go([s, waiting]() mutable {
      std::unique_lock hold(s->m);
      waiting.send();
      while (!s->set) s->cv.wait(hold);
    });
  waiting.recv(), waiting.recv();
  std::unique_lock hold(s->m);
  s->set = true;
  if (bug) s->cv.notify_one();
  else s->cv.notify_all();
}

}  // namespace
}  // namespace patterns
