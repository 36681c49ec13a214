// checks: -*,gosan-lock-order
// Two goroutines of which the later waits for what the earlier tells.
#include <gosan/gosan.hpp>

#include <mutex>

bool failed();

// ---- What it flags ----

// What the later goroutine waits for does not come after the other's locks on every way, or not from it alone.

void told_before_the_locks() {
  gosan::mutex a, b;
  auto ready = gosan::make_chan<void>();
  gosan::wait_group both;
  both.go([&, ready] {
    ready.close();
    std::lock_guard first(a);
    std::lock_guard second(b);
  });
  both.go([&, ready] {
    ready.recv();
    std::lock_guard first(b);
    std::lock_guard second(a);  // expect: gosan-lock-order
  });
  both.wait();
}

void told_by_either_of_two() {
  gosan::mutex a, b;
  auto ready = gosan::make_chan<int>(2);
  gosan::wait_group all;
  all.go([&, ready] {
    {
      std::lock_guard first(a);
      std::lock_guard second(b);
    }
    ready.send(1);
  });
  all.go([ready] { ready.send(2); });
  all.go([&, ready] {
    ready.recv();
    std::lock_guard first(b);
    std::lock_guard second(a);  // expect: gosan-lock-order
  });
  all.wait();
}

void told_in_an_earlier_turn() {
  gosan::mutex a, b;
  auto ready = gosan::make_chan<int>(8);
  gosan::wait_group both;
  both.go([&, ready] {
    for (int turn = 0; turn < 8; ++turn) {
      {
        std::lock_guard first(a);
        std::lock_guard second(b);
      }
      ready.send(turn);
    }
  });
  both.go([&, ready] {
    ready.recv();
    std::lock_guard first(b);
    std::lock_guard second(a);  // expect: gosan-lock-order
  });
  both.wait();
}

void waited_for_on_one_way_only() {
  gosan::mutex a, b;
  auto ready = gosan::make_chan<void>();
  gosan::wait_group both;
  both.go([&, ready] {
    {
      std::lock_guard first(a);
      std::lock_guard second(b);
    }
    ready.close();
  });
  both.go([&, ready] {
    if (!failed()) ready.recv();
    std::lock_guard first(b);
    std::lock_guard second(a);  // expect: gosan-lock-order
  });
  both.wait();
}

void the_group_may_still_be_empty() {
  gosan::mutex a, b;
  gosan::wait_group workers, all;
  all.go([&] {
    workers.wait();
    std::lock_guard first(b);
    std::lock_guard second(a);  // note: is locked here, while
  });
  workers.go([&] {
    std::lock_guard first(a);
    std::lock_guard second(b);  // expect: gosan-lock-order
  });
  all.wait();
  workers.wait();
}

// ---- Near misses ----

void handed_on_by_a_close() {
  gosan::mutex a, b;
  auto ready = gosan::make_chan<void>();
  gosan::wait_group both;
  both.go([&, ready] {
    {
      std::lock_guard first(a);
      std::lock_guard second(b);
    }
    ready.close();
  });
  both.go([&, ready] {
    ready.recv();
    std::lock_guard first(b);
    std::lock_guard second(a);
  });
  both.wait();
}

void announce(const gosan::chan<int>& c) { c.send(1); }
void await(const gosan::chan<int>& c) { c.recv(); }
void handed_on_by_a_send_in_helpers() {
  gosan::mutex a, b;
  auto ready = gosan::make_chan<int>(1);
  gosan::wait_group both;
  both.go([&] {
    {
      std::lock_guard first(a);
      std::lock_guard second(b);
    }
    announce(ready);
  });
  both.go([&] {
    await(ready);
    std::lock_guard first(b);
    std::lock_guard second(a);
  });
  both.wait();
}

void the_starter_tells() {
  gosan::mutex a, b;
  auto ready = gosan::make_chan<void>();
  gosan::wait_group one;
  one.go([&, ready] {
    ready.recv();
    std::lock_guard first(b);
    std::lock_guard second(a);
  });
  {
    std::lock_guard first(a);
    std::lock_guard second(b);
  }
  ready.close();
  one.wait();
}

void a_collector_waits_for_all_workers() {
  gosan::mutex a, b;
  gosan::wait_group workers, all;
  for (int n = 0; n < 4; ++n)
    workers.go([&] {
      std::lock_guard first(a);
      std::lock_guard second(b);
    });
  all.go([&] {
    workers.wait();
    std::lock_guard first(b);
    std::lock_guard second(a);
  });
  all.wait();
}

void a_collector_waits_for_a_count() {
  gosan::mutex a, b;
  gosan::wait_group workers, all;
  workers.add(1);
  gosan::go([&] {
    gosan::defer last([&] { workers.done(); });
    std::lock_guard first(a);
    std::lock_guard second(b);
  });
  all.go([&] {
    workers.wait();
    std::lock_guard first(b);
    std::lock_guard second(a);
  });
  all.wait();
}
