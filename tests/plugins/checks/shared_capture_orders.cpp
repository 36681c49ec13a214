// checks: -*,gosan-shared-capture
// Accesses by methods which something else than a lock orders, or may order: promises, latches, channels, who was told by whom.
#include <gosan/gosan.hpp>

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <optional>
#include <semaphore>
#include <thread>
#include <vector>

inline void use(int) {}

// ---- What it flags ----

struct box {
  int n = 0;
  void set(int v) { n = v; }
  int get() const { return n; }
};

void told_by_nobody() {
  auto unused = gosan::make_chan<void>(1);
  box b;
  gosan::wait_group wg;
  unused.send();
  wg.go([&] {
    unused.recv();
    b.set(1);  // note: by this call
  });
  wg.go([&] { b.set(2); });  // expect: gosan-shared-capture
  wg.wait();
}
void told_before_it_is_written() {
  box b;
  auto ready = gosan::make_chan<void>(1);
  std::thread t([&] {
    ready.close();
    b.set(1);  // note: it writes it here
  });
  use(b.get());  // expect: gosan-shared-capture
  ready.recv();
  t.join();
}

// ---- What it does not ----

void only_who_got_the_lock() {
  std::mutex m;
  box b;
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i)
    ts.emplace_back([&] {
      std::unique_lock l(m, std::try_to_lock);
      if (!l) return;
      b.set(1);
    });
  for (auto& t : ts) t.join();
}
void promise_future() {
  std::promise<void> p;
  auto f = p.get_future();
  box b;
  std::thread t([&] {
    b.set(1);
    p.set_value();
  });
  f.get();
  use(b.get());
  t.join();
}
void promise_future_sibling() {
  std::promise<void> p;
  auto f = p.get_future();
  box b;
  std::thread t([&] {
    b.set(1);
    p.set_value();
  });
  std::thread u([&] {
    f.get();
    use(b.get());
  });
  t.join();
  u.join();
}
void promise_moved() {
  std::promise<int> p;
  auto f = p.get_future();
  box b;
  std::thread t([&b, p = std::move(p)]() mutable {
    b.set(1);
    p.set_value(1);
  });
  std::thread u([&b, f = std::move(f)]() mutable {
    f.wait();
    use(b.get());
  });
  t.join();
  u.join();
}
void atomic_wait() {
  std::atomic<bool> ready{false};
  box b;
  std::thread t([&] {
    ready.wait(false);
    use(b.get());
  });
  b.set(1);
  ready.store(true);
  ready.notify_one();
  t.join();
}
void latch_and_barrier() {
  std::latch l(1);
  std::barrier<> bar(2);
  box b, c;
  std::thread t([&] {
    l.wait();
    use(b.get());
    c.set(1);
    bar.arrive_and_wait();
  });
  std::thread u([&] {
    b.set(1);
    l.count_down();
    bar.arrive_and_wait();
    use(c.get());
  });
  t.join();
  u.join();
}
void semaphores() {
  std::binary_semaphore s(0);
  box b;
  std::thread t([&] {
    b.set(1);
    s.release();
  });
  s.acquire();
  use(b.get());
  t.join();
}
struct spin_latch {
  std::atomic<int> left{1};
  void down() { left.fetch_sub(1); }
  void wait() {
    while (left.load() > 0) std::this_thread::yield();
  }
};
void by_a_latch_of_atomics() {
  spin_latch l;
  box b;
  std::thread t([&] {
    b.set(1);
    l.down();
  });
  l.wait();
  use(b.get());
  std::thread u([&] { use(b.get()); });
  t.join();
  u.join();
}
void locked_where_it_is_needed(bool many) {
  std::mutex m;
  box b;
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i)
    ts.emplace_back([&] {
      std::unique_lock l(m, std::defer_lock);
      if (many) l.lock();
      b.set(1);
    });
  for (auto& t : ts) t.join();
}
void waited_for_if_started(bool async) {
  box b;
  auto done = gosan::make_chan<void>();
  if (async)
    gosan::go([&] {
      b.set(1);
      done.close();
    });
  else
    b.set(2);
  if (async) done.recv();
  use(b.get());
}
void in_the_case_that_was_taken() {
  box b;
  auto done = gosan::make_chan<void>();
  auto quit = gosan::make_chan<void>();
  gosan::go([&, done, quit] {
    b.set(1);
    done.send();
  });
  gosan::select(gosan::recv_case(done, [&](auto&&...) { use(b.get()); }), gosan::recv_case(quit));
}
void joined_if_started(bool par) {
  box b;
  std::thread t;
  if (par)
    t = std::thread([&] { b.set(1); });
  else
    b.set(2);
  if (t.joinable()) t.join();
  use(b.get());
}
void joined_if_there(bool par) {
  box b;
  std::optional<std::thread> t;
  if (par) t.emplace([&] { b.set(1); });
  if (t) t->join();
  use(b.get());
}
void run_when_asked_for() {
  box b;
  auto f = std::async(std::launch::deferred, [&] { b.set(1); });
  use(b.get());
  f.get();
  use(b.get());
}
struct owner {
  box b;
  std::mutex m;
  std::condition_variable cv;
  bool done = false;
  std::thread t;
  void start() {
    t = std::thread([this] {
      b.set(1);
      std::lock_guard l(m);
      done = true;
      cv.notify_all();
    });
  }
  void wait() {
    std::unique_lock l(m);
    cv.wait(l, [this] { return done; });
  }
  int run() {
    start();
    wait();
    int r = b.get();
    t.join();
    return r;
  }
  int run2() {
    t = std::thread([this] {
      b.set(1);
      std::lock_guard l(m);
      done = true;
      cv.notify_all();
    });
    wait();
    int r = b.get();
    t.join();
    return r;
  }
};
void semaphore_as_lock() {
  std::counting_semaphore<1> s(1);
  box b;
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i)
    ts.emplace_back([&] {
      s.acquire();
      b.set(1);
      s.release();
    });
  for (auto& t : ts) t.join();
}
void channel_as_lock() {
  auto c = gosan::make_chan<void>(1);
  box b;
  gosan::wait_group wg;
  for (int i = 0; i < 3; ++i)
    wg.go([&] {
      c.send();
      b.set(1);
      c.recv();
    });
  wg.wait();
}
void token_passed() {
  auto c = gosan::make_chan<void>(1);
  box b;
  gosan::wait_group wg;
  for (int i = 0; i < 3; ++i)
    wg.go([&] {
      c.recv();
      b.set(1);
      c.send();
    });
  c.send();
  wg.wait();
}
void turn_by_turn() {
  auto a = gosan::make_chan<void>();
  auto c = gosan::make_chan<void>();
  box b;
  gosan::wait_group wg;
  wg.go([&] {
    for (int i = 0; i < 3; ++i) {
      a.recv();
      b.set(i);
      c.send();
    }
  });
  wg.go([&] {
    for (int i = 0; i < 3; ++i) {
      c.recv();
      b.set(i);
      if (i < 2) a.send();
    }
  });
  a.send();
  wg.wait();
}
void by_way_of_a_third() {
  auto a = gosan::make_chan<void>();
  auto c = gosan::make_chan<void>();
  box b;
  gosan::wait_group wg;
  wg.go([&] {
    b.set(1);
    a.send();
  });
  wg.go([&] {
    a.recv();
    c.send();
  });
  wg.go([&] {
    c.recv();
    b.set(2);
  });
  wg.wait();
}
void by_way_of_who_started_them() {
  auto a = gosan::make_chan<void>();
  auto c = gosan::make_chan<void>();
  box b;
  gosan::wait_group wg;
  wg.go([&] {
    b.set(1);
    a.send();
  });
  wg.go([&] {
    c.recv();
    b.set(2);
  });
  a.recv();
  c.send();
  wg.wait();
}
void by_a_group_of_others() {
  box b;
  gosan::wait_group first, second;
  first.go([&] { b.set(1); });
  second.go([&] {
    first.wait();
    b.set(2);
  });
  second.wait();
  b.set(3);
}
void results_collected() {
  auto c = gosan::make_chan<int>();
  std::vector<int> all;
  gosan::wait_group wg;
  for (int i = 0; i < 3; ++i) wg.go([c, i]() mutable { c.send(i); });
  std::thread closer([&] {
    wg.wait();
    c.close();
  });
  for (int v : c) all.push_back(v);
  closer.join();
  use((int)all.size());
}
void once_for_all() {
  static std::once_flag f;
  static box b;
  std::vector<std::thread> ts;
  for (int i = 0; i < 2; ++i)
    ts.emplace_back([] {
      std::call_once(f, [] { b.set(1); });
      use(b.get());
    });
  for (auto& t : ts) t.join();
}
void told_by_a_context() {
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  box b;
  gosan::wait_group wg;
  wg.go([&, ctx = ctx] {
    ctx.done().recv();
    use(b.get());
  });
  b.set(1);
  cancel();
  wg.wait();
}
void asked_of_a_context() {
  auto [ctx, cancel] = gosan::with_cancel(gosan::context::background());
  box b;
  gosan::wait_group wg;
  wg.go([&, ctx = ctx] {
    while (!ctx.err()) gosan::yield();
    use(b.get());
  });
  b.set(1);
  cancel();
  wg.wait();
}
void by_an_errgroup() {
  gosan::errgroup g;
  box a, b;
  g.go([&] { a.set(1); });
  g.go([&] { b.set(1); });
  g.wait();
  use(a.get() + b.get());
}
void by_a_timer() {
  box b;
  auto done = gosan::make_chan<void>();
  gosan::after_func(std::chrono::seconds(1), [&, done] {
    b.set(1);
    done.close();
  });
  done.recv();
  use(b.get());
}
void not_before_it_is_received() {
  auto c = gosan::make_chan<int>();
  box b;
  bool sent = false;
  gosan::go([&, c]() mutable {
    c.send(7);
    sent = true;
    b.set(1);
    c.close();
  });
  use(sent);
  use(b.get());
  (void)c.recv();
  (void)c.recv();
  use(sent);
}
