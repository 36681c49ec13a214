// checks: -*,gosan-shared-capture
// Small programs with threads whose parts know of each other: who runs, who stops, who has which piece.
#include <gosan/gosan.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

inline void use(int) {}

struct box {
  int n = 0;
  std::vector<int> v;
  void set(int x) { n = x; }
  int get() const { return n; }
  void add(int x) { v.push_back(x); }
};

// ---- What it flags ----

struct counter_without_a_lock {
  std::mutex m;
  int n = 0;
  void up() { ++n; }
  int get() {
    std::lock_guard hold(m);
    return n;
  }
};
void only_the_reader_locks() {
  counter_without_a_lock c;
  std::thread t([&c] { c.up(); });  // note: it writes it here
  use(c.get());                     // expect: gosan-shared-capture
  t.join();
}

// ---- What it does not ----

template <class F>
void parallel_for(int n, F f) {
  std::atomic<int> next{0};
  std::vector<std::thread> ts;
  for (int i = 0; i < 4; ++i)
    ts.emplace_back([&] {
      for (int k; (k = next.fetch_add(1)) < n;) f(k);
    });
  for (auto& t : ts) t.join();
}
void numbers_from_a_counter() {
  std::vector<int> r(10);
  std::map<int, int> m;
  std::mutex mm;
  int first = 0;
  parallel_for(10, [&](int k) { r[k] = k; });
  parallel_for(10, [&](int k) {
    std::lock_guard l(mm);
    m[k] = k;
  });
  parallel_for(10, [&](int k) {
    if (k == 0) first = 1;
  });
  use(first);
}
template <class F>
void parallel_blocks(std::size_t n, F f) {
  std::vector<std::thread> ts;
  std::size_t per = n / 4;
  for (std::size_t i = 0; i < 4; ++i) ts.emplace_back([=, &f] { f(i * per, (i + 1) * per, i); });
  for (auto& t : ts) t.join();
}
void blocks_of_a_sequence() {
  std::vector<double> v(100), part(4);
  parallel_blocks(100, [&](std::size_t a, std::size_t b, std::size_t k) {
    double s = 0;
    for (; a < b; ++a) s += v[a];
    part[k] = s;
  });
  double t = 0;
  for (double d : part) t += d;
  use((int)t);
}
struct worker {
  int done = 0;
  std::vector<int> mine;
  std::thread t;
  void run(int k) {
    for (int i = 0; i < k; ++i) {
      ++done;
      mine.push_back(i);
    }
  }
};
void an_element_each() {
  std::vector<worker> ws(4);
  for (auto& w : ws) w.t = std::thread([&w] { w.run(3); });
  for (auto& w : ws) w.t.join();
  int s = 0;
  for (auto& w : ws) s += w.done;
  use(s);
}
void an_object_each() {
  worker a, b;
  std::thread x(&worker::run, &a, 3), y(&worker::run, &b, 3);
  x.join();
  y.join();
  use(a.done + b.done);
}
void an_argument_by_value() {
  box b;
  std::thread t(
      [](box c) {
        c.set(1);
        c.add(1);
      },
      b);
  b.set(2);
  b.add(2);
  t.join();
}
void a_capture_by_value() {
  box b;
  std::thread t([b]() mutable {
    b.set(1);
    b.add(1);
  });
  b.set(2);
  b.add(2);
  t.join();
}
void moved_into_the_thread() {
  box b;
  std::thread t([c = std::move(b)]() mutable {
    c.set(1);
    c.add(1);
  });
  b = box{};
  b.set(2);
  b.add(2);
  t.join();
}
struct task {
  box b;
  std::function<void()> then;
  void operator()() {
    b.set(1);
    b.add(1);
  }
};
void functors() {
  task a;
  std::thread x(a), y(a);
  a.b.set(3);
  x.join();
  y.join();
  std::thread z(std::ref(a));
  z.join();
  use(a.b.get());
}
class timer_thread {
  std::mutex m_;
  std::condition_variable cv_;
  bool stop_ = false;
  int ticks_ = 0;
  std::thread t_;

 public:
  timer_thread() {
    t_ = std::thread([this] {
      std::unique_lock l(m_);
      while (!cv_.wait_for(l, std::chrono::seconds(1), [this] { return stop_; })) {
        ++ticks_;
      }
    });
  }
  ~timer_thread() {
    {
      std::lock_guard l(m_);
      stop_ = true;
    }
    cv_.notify_all();
    t_.join();
  }
  int ticks() {
    std::lock_guard l(m_);
    return ticks_;
  }
};
void a_timer() {
  timer_thread t;
  use(t.ticks());
}
class event_loop {
  std::deque<std::function<void()>> q_;
  std::mutex m_;
  std::condition_variable cv_;
  std::thread::id owner_;
  int handled_ = 0;
  bool quit_ = false;

 public:
  void run() {
    owner_ = std::this_thread::get_id();
    for (;;) {
      std::function<void()> f;
      {
        std::unique_lock l(m_);
        cv_.wait(l, [this] { return quit_ || !q_.empty(); });
        if (q_.empty()) return;
        f = std::move(q_.front());
        q_.pop_front();
      }
      f();
      ++handled_;
    }
  }
  void post(std::function<void()> f) {
    std::lock_guard l(m_);
    q_.push_back(std::move(f));
    cv_.notify_one();
  }
  void quit() {
    std::lock_guard l(m_);
    quit_ = true;
    cv_.notify_one();
  }
};
void an_event_loop() {
  event_loop e;
  box b;
  std::thread t([&e] { e.run(); });
  e.post([&b] { b.set(1); });
  e.post([&b] { b.set(2); });
  e.quit();
  t.join();
  use(b.get());
}
struct rw {
  std::shared_ptr<const box> cur = std::make_shared<box>();
  std::mutex m;
  std::shared_ptr<const box> get() {
    std::lock_guard l(m);
    return cur;
  }
  void set(std::shared_ptr<const box> b) {
    std::lock_guard l(m);
    cur = b;
  }
};
void snapshots_under_a_lock() {
  rw r;
  std::thread t([&] {
    auto b = r.get();
    use(b->get());
  });
  auto n = std::make_shared<box>();
  n->set(3);
  n->add(2);
  r.set(n);
  t.join();
}
struct logger {
  std::mutex m;
  std::vector<std::string> lines;
  static logger& get() {
    static logger l;
    return l;
  }
  void log(const std::string& s) {
    std::lock_guard l(m);
    lines.push_back(s);
  }
};
logger global_logger;
void loggers() {
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i)
    ts.emplace_back([] {
      logger::get().log("x");
      global_logger.log("y");
    });
  for (auto& t : ts) t.join();
}
struct config {
  int level = 0;
  std::string path;
} cfg;
void set_up_before_and_changed_after() {
  cfg.level = 1;
  cfg.path = "x";
  std::thread t([] { use(cfg.level + (int)cfg.path.size()); });
  use(cfg.level);
  t.join();
  cfg.level = 2;
}
struct ring {
  int buf[8];
  std::atomic<unsigned> head{0}, tail{0};
  unsigned cached_tail = 0;
  bool push(int v) {
    unsigned h = head.load();
    if (h - tail.load() == 8) return false;
    buf[h % 8] = v;
    head.store(h + 1);
    return true;
  }
  bool pop(int& v) {
    unsigned t = tail.load();
    if (t == head.load()) return false;
    v = buf[t % 8];
    cached_tail = t;
    tail.store(t + 1);
    return true;
  }
};
void a_ring_of_atomics() {
  ring r;
  std::thread t([&] {
    int v = 0, s = 0;
    while (r.pop(v)) s += v;
    use(s);
  });
  for (int i = 0; i < 3; ++i) r.push(i);
  t.join();
}
struct seq {
  std::atomic<unsigned> s{0};
  int a = 0, b = 0;
  void write(int x) {
    s.fetch_add(1);
    a = x;
    b = x;
    s.fetch_add(1);
  }
  bool read(int& x) {
    unsigned k = s.load();
    if (k & 1) return false;
    x = a + b;
    return s.load() == k;
  }
};
void a_sequence_lock() {
  seq q;
  std::thread t([&] {
    int x;
    while (!q.read(x)) {
    }
    use(x);
  });
  q.write(1);
  t.join();
}
struct stage {
  gosan::chan<int> in, out;
  int seen = 0;
  void run() {
    for (int v : in) {
      ++seen;
      out.send(v);
    }
    out.close();
  }
};
void pipeline() {
  stage a{gosan::make_chan<int>(), gosan::make_chan<int>()};
  stage b{a.out, gosan::make_chan<int>()};
  gosan::go([&] { a.run(); });
  gosan::go([&] { b.run(); });
  gosan::go([&] {
    a.in.send(1);
    a.in.close();
  });
  for (int v : b.out) use(v);
  use(a.seen + b.seen);
}
struct server {
  gosan::chan<void> stopped = gosan::make_chan<void>();
  gosan::chan<int> q = gosan::make_chan<int>(4);
  int handled = 0;
  void start() {
    gosan::go([this] {
      for (int v : q) handled += v;
      stopped.close();
    });
  }
  void stop() {
    q.close();
    stopped.recv();
  }
};
void stopped_by_a_channel() {
  server s;
  s.start();
  s.q.send(1);
  s.stop();
  use(s.handled);
  auto p = std::make_unique<server>();
  p->start();
  p->stop();
  use(p->handled);
}
struct server2 {
  gosan::wait_group wg;
  bool running = false;
  int handled = 0;
  void start() {
    running = true;
    wg.go([this] { handled = 1; });
  }
  void stop() {
    if (!running) return;
    running = false;
    wg.wait();
  }
};
void stopped_by_a_group() {
  server2 s;
  s.start();
  s.stop();
  use(s.handled);
}
void detached_state() {
  auto st = std::make_shared<box>();
  auto done = std::make_shared<std::atomic<bool>>(false);
  std::thread([st, done] {
    st->set(1);
    *done = true;
  }).detach();
  while (!*done) std::this_thread::yield();
  use(st->get());
}
struct join_all {
  std::vector<std::thread>& ts;
  ~join_all() {
    for (auto& t : ts) t.join();
  }
};
void joined_by_a_guard() {
  box b;
  {
    std::vector<std::thread> ts;
    join_all j{ts};
    ts.emplace_back([&] { b.set(1); });
  }
  use(b.get());
}
class scoped_thread {
  std::thread t_;

 public:
  template <class F>
  explicit scoped_thread(F f) : t_(std::move(f)) {}
  ~scoped_thread() { t_.join(); }
};
void a_thread_of_a_scope() {
  box b;
  {
    scoped_thread s([&b] { b.set(1); });
  }
  use(b.get());
  b.set(2);
}
struct lockable_base {
  void lock() { m.lock(); }
  void unlock() { m.unlock(); }
  std::mutex m;
};
struct derived_lockable : lockable_base {
  int n = 0;
  void inc() {
    std::lock_guard l(*this);
    ++n;
  }
  void dec() {
    lock();
    --n;
    unlock();
  }
};
void derived_locks() {
  derived_lockable d;
  std::thread t([&] { d.inc(); });
  std::thread u([&] { d.dec(); });
  {
    std::scoped_lock l(d);
    d.n = 4;
  }
  t.join();
  u.join();
}
