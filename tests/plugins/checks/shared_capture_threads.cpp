// checks: -*,gosan-shared-capture
// Threads as programs use them: what keeps their accesses apart is elsewhere than at the access.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

void use(int);

// ---- What it flags ----

struct log_file {
  std::vector<std::string> lines;
  void add(const std::string& line) { lines.push_back(line); }
  std::size_t size() const { return lines.size(); }
};
void read_while_it_is_written() {
  log_file log;
  std::thread writer([&log] { log.add("x"); });
  use(static_cast<int>(log.size()));  // expect: gosan-shared-capture
  writer.join();
}
void write_line(log_file& log) { log.add("x"); }
void by_two_threads() {
  log_file log;
  std::thread first(write_line, std::ref(log));
  std::thread second([&log] { write_line(log); });  // expect: gosan-shared-capture
  first.join();
  second.join();
}

// ---- What it does not ----

void joined_in_a_loop() {
  log_file log;
  std::vector<std::thread> threads;
  std::mutex m;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      std::lock_guard hold(m);
      log.add("x");
    });
  for (auto& t : threads) t.join();
  use(static_cast<int>(log.size()));
}
void copied_into_the_thread() {
  log_file log;
  std::thread first([](log_file own) { write_line(own); }, log);
  std::thread second([log]() mutable { log.add("x"); });
  log.add("y");
  first.join();
  second.join();
}
void a_future_each() {
  std::vector<int> all(10), left, right;
  auto l = std::async(std::launch::async, [&] { left.assign(all.begin(), all.begin() + 5); });
  auto r = std::async(std::launch::async, [&] { right.assign(all.begin() + 5, all.end()); });
  l.get();
  r.get();
  left.insert(left.end(), right.begin(), right.end());
}

template <class T>
class queue {
 public:
  void push(T t) {
    std::lock_guard hold(m_);
    items_.push_back(std::move(t));
    changed_.notify_one();
  }
  std::optional<T> pop() {
    std::unique_lock hold(m_);
    changed_.wait(hold, [this] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    T t = std::move(items_.front());
    items_.pop_front();
    return t;
  }
  void close() {
    std::lock_guard hold(m_);
    closed_ = true;
    changed_.notify_all();
  }
  std::size_t size() const {
    std::lock_guard hold(m_);
    return items_.size();
  }

 private:
  mutable std::mutex m_;
  std::condition_variable changed_;
  std::deque<T> items_;
  bool closed_ = false;
};
void producer_and_consumer() {
  queue<int> q;
  int sum = 0;
  std::thread consumer([&] {
    while (auto n = q.pop()) sum += *n;
  });
  for (int i = 0; i < 3; ++i) q.push(i);
  use(static_cast<int>(q.size()));
  q.close();
  consumer.join();
  use(sum);
}
void handed_over_by_a_queue() {
  struct job {
    int result = 0;
  };
  queue<job*> q;
  std::thread worker([&q] {
    while (auto j = q.pop()) (*j)->result = 1;
  });
  job mine;
  mine.result = 2;
  q.push(&mine);
  q.close();
  worker.join();
  use(mine.result);
}
void told_by_a_queue() {
  queue<int> ready;
  log_file log;
  std::thread writer([&] {
    log.add("x");
    ready.push(1);
  });
  ready.pop();
  use(static_cast<int>(log.size()));
  writer.join();
}

class pool {
 public:
  explicit pool(int n) {
    for (int i = 0; i < n; ++i) workers_.emplace_back([this] { work(); });
  }
  ~pool() {
    {
      std::lock_guard hold(m_);
      stop_ = true;
    }
    changed_.notify_all();
    for (auto& t : workers_) t.join();
  }
  void submit(std::function<void()> f) {
    {
      std::lock_guard hold(m_);
      jobs_.push(std::move(f));
    }
    changed_.notify_one();
  }

 private:
  void work() {
    for (;;) {
      std::function<void()> job;
      {
        std::unique_lock hold(m_);
        changed_.wait(hold, [this] { return stop_ || !jobs_.empty(); });
        if (stop_ && jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop();
      }
      job();
    }
  }
  std::mutex m_;
  std::condition_variable changed_;
  std::queue<std::function<void()>> jobs_;
  std::vector<std::thread> workers_;
  bool stop_ = false;
};
void a_pool() {
  pool p(2);
  std::atomic<int> n{0};
  for (int i = 0; i < 3; ++i) p.submit([&n] { ++n; });
}

class service {
 public:
  service() : worker_([this] { run(); }) {}
  explicit service(int n) : limit_(n) {
    worker_ = std::thread([this] { run(); });
  }
  ~service() { stop(); }
  void start() {
    limit_ = 5;
    worker_ = std::thread(&service::run, this);
  }
  void stop() {
    stopping_ = true;
    if (worker_.joinable()) worker_.join();
    ran_ = 0;
  }
  void restart() {
    stop();
    limit_ = 6;
    start();
  }

 private:
  void run() {
    while (!stopping_) ran_ += limit_;
  }
  int limit_ = 1;
  int ran_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread worker_;
};
void services() {
  service s;
  s.restart();
  s.stop();
}

void told_by_an_atomic() {
  int data = 0;
  std::atomic<bool> ready{false};
  std::thread reader([&] {
    while (!ready.load()) std::this_thread::yield();
    use(data);
  });
  data = 1;
  ready.store(true);
  reader.join();
}
struct published {
  int data = 0;
  std::atomic<bool> ready{false};
  void publish() {
    data = 1;
    ready.store(true, std::memory_order_release);
  }
  bool look(int& to) {
    if (!ready.load(std::memory_order_acquire)) return false;
    to = data;
    return true;
  }
};
void told_by_an_atomic_of_its_own() {
  published p;
  std::thread writer([&p] { p.publish(); });
  int got = 0;
  while (!p.look(got)) {
  }
  writer.join();
}

class cache {
 public:
  int get(int k) const {
    std::lock_guard hold(m_);
    auto at = known_.find(k);
    if (at != known_.end()) return at->second;
    ++misses_;
    return known_[k] = k;
  }
  int shared(int k) const {
    {
      std::shared_lock hold(rw_);
      if (auto at = known_.find(k); at != known_.end()) return at->second;
    }
    std::unique_lock hold(rw_);
    return known_[k] = k;
  }

 private:
  mutable std::mutex m_;
  mutable std::shared_mutex rw_;
  mutable std::map<int, int> known_;
  mutable int misses_ = 0;
};
void a_cache() {
  cache one, other;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { use(one.get(1)); });
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { use(other.shared(1)); });
  for (auto& t : threads) t.join();
}

class lazy {
 public:
  int once() {
    std::call_once(flag_, [this] { value_ = 3; });
    return value_;
  }
  int double_checked() {
    if (!made_.load()) {
      std::lock_guard hold(m_);
      if (!made_.load()) {
        value_ = 3;
        made_.store(true);
      }
    }
    return value_;
  }
  static lazy& instance() {
    static lazy only;
    return only;
  }

 private:
  std::once_flag flag_;
  std::atomic<bool> made_{false};
  std::mutex m_;
  int value_ = 0;
};
void lazily() {
  lazy one, other;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      use(one.once());
      use(other.double_checked());
      use(lazy::instance().once());
    });
  for (auto& t : threads) t.join();
}

struct node {
  int value = 0;
  std::shared_ptr<node> next;
};
void an_object_handed_over() {
  auto n = std::make_unique<node>();
  n->value = 1;
  std::thread owner([n = std::move(n)] { n->value = 2; });
  n = std::make_unique<node>();
  n->value = 3;
  owner.join();
}
void a_pointer_that_goes_on() {
  std::vector<std::thread> threads;
  auto first = std::make_shared<node>();
  for (auto n = first; n; n = n->next) threads.emplace_back([n] { n->value = 1; });
  node* raw = first.get();
  std::thread other([raw] { raw->next = nullptr; });
  other.join();
  for (auto& t : threads) t.join();
}
void a_pointer_that_is_swapped() {
  auto front = std::make_shared<node>(), back = std::make_shared<node>();
  std::thread reader([front] { use(front->value); });
  std::swap(front, back);
  front->value = 1;
  reader.join();
}
void one_object_for_each(const std::vector<node*>& nodes) {
  std::vector<std::thread> threads;
  for (node* n : nodes) threads.emplace_back([n] { n->value = 1; });
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    node& mine = *nodes[i];
    threads.emplace_back([&mine] { mine.value = 2; });
  }
  for (auto& t : threads) t.join();
}

class own_lock {
 public:
  void lock() { m_.lock(); }
  void unlock() { m_.unlock(); }

 private:
  std::mutex m_;
};
class own_guard {
 public:
  explicit own_guard(own_lock& l) : l_(l) { l_.lock(); }
  ~own_guard() { l_.unlock(); }

 private:
  own_lock& l_;
};
struct guarded {
  own_lock lock;
  std::mutex a, b;
  int n = 0, both = 0, by_helper = 0;
  void add() {
    own_guard hold(lock);
    ++n;
  }
  void add_by_hand() {
    lock.lock();
    ++n;
    lock.unlock();
  }
  void add_both() {
    std::lock(a, b);
    std::lock_guard one(a, std::adopt_lock), two(b, std::adopt_lock);
    ++both;
  }
  void add_scoped() {
    std::scoped_lock hold(a, b);
    ++both;
  }
  std::unique_lock<std::mutex> hold() {
    std::unique_lock l(a);
    return l;
  }
  void add_by_helper() {
    auto l = hold();
    ++by_helper;
  }
  void add_deferred() {
    std::unique_lock l(a, std::defer_lock);
    l.lock();
    ++by_helper;
  }
};
void own_locks() {
  guarded g;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&g] { g.add(), g.add_by_hand(); });
  for (int i = 0; i < 3; ++i) threads.emplace_back([&g] { g.add_both(), g.add_scoped(); });
  for (int i = 0; i < 3; ++i) threads.emplace_back([&g] { g.add_by_helper(), g.add_deferred(); });
  for (auto& t : threads) t.join();
}

struct shape {
  virtual ~shape() = default;
  virtual void draw() { ++drawn; }
  int drawn = 0;
};
void it_may_be_another_method(shape& s) {
  std::thread first([&s] { s.draw(); }), second([&s] { s.draw(); });
  first.join();
  second.join();
}
void by_the_standard_librarys_algorithms() {
  std::vector<int> all(3);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&all] {
      int sum = 0;
      std::for_each(all.begin(), all.end(), [&sum](int n) { sum += n; });
      use(sum);
    });
  for (auto& t : threads) t.join();
}
void in_phases() {
  int n = 0;
  for (int phase = 0; phase < 3; ++phase) {
    std::thread worker([&n] { ++n; });
    worker.join();
    ++n;
  }
  auto later = std::async(std::launch::async, [&n] { ++n; });
  later.wait();
  ++n;
}
void set_up_after_the_thread_is_made() {
  std::mutex m;
  std::condition_variable changed;
  bool ready = false;
  int data = 0;
  std::thread worker([&] {
    std::unique_lock hold(m);
    changed.wait(hold, [&] { return ready; });
    hold.unlock();
    use(data);
  });
  data = 1;
  {
    std::lock_guard hold(m);
    ready = true;
  }
  changed.notify_one();
  worker.join();
}
