// checks: -*,gosan-shared-capture
// Objects that goroutines have for themselves, or share under a lock that their class or a function has.
#include <gosan/gosan.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

inline void use(int) {}

// ---- What it flags ----

struct box {
  int n = 0;
  void set(int v) { n = v; }
  int get() const { return n; }
};

struct pair_of_boxes {
  box first, second;
};
void one_member_for_both() {
  pair_of_boxes p;
  std::thread t([&p] { p.first.set(1); });  // note: the goroutine starts here
  p.second.set(2);
  p.first.set(2);  // expect: gosan-shared-capture
  t.join();
}

// ---- What it does not ----

template <class F>
void with_lock(std::mutex& m, F f) {
  std::lock_guard l(m);
  f();
}
void under_the_lock_of_a_template() {
  std::mutex m;
  box b;
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i) ts.emplace_back([&] { with_lock(m, [&] { b.set(1); }); });
  for (auto& t : ts) t.join();
}
void with_lock_fn(std::mutex& m, const std::function<void()>& f) {
  std::lock_guard l(m);
  f();
}
void under_the_lock_of_a_function() {
  std::mutex m;
  box b;
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i) ts.emplace_back([&] { with_lock_fn(m, [&] { b.set(1); }); });
  with_lock_fn(m, [&] { b.set(1); });
  for (auto& t : ts) t.join();
}
template <class T>
class guarded_value {
 public:
  template <class F>
  auto with(F f) {
    std::lock_guard l(m_);
    return f(v_);
  }
  class handle {
   public:
    handle(std::mutex& m, T& v) : l_(m), v_(v) {}
    T* operator->() { return &v_; }

   private:
    std::lock_guard<std::mutex> l_;
    T& v_;
  };
  handle lock() { return handle(m_, v_); }

 private:
  std::mutex m_;
  T v_;
};
void by_guarded() {
  guarded_value<box> g;
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i) ts.emplace_back([&] { g.with([](box& b) { b.set(1); }); });
  for (int i = 0; i < 3; ++i) ts.emplace_back([&] { g.lock()->set(1); });
  g.with([](box& b) { b.set(1); });
  for (auto& t : ts) t.join();
}
class sharded {
  struct shard {
    std::mutex m;
    std::map<int, int> v;
  };
  shard s_[4];

 public:
  void put(int k) {
    shard& s = s_[k % 4];
    std::lock_guard l(s.m);
    s.v[k] = 1;
  }
};
void shards() {
  sharded s;
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i) ts.emplace_back([&, i] { s.put(i); });
  for (auto& t : ts) t.join();
}
struct connection {
  int state = 0;
  std::string name;
  void run() {
    state = 1;
    name = "x";
  }
};
void a_thread_for_each_connection() {
  std::vector<std::unique_ptr<connection>> all;
  std::vector<std::thread> ts;
  for (int i = 0; i < 3; ++i) {
    auto c = std::make_unique<connection>();
    c->state = 5;
    connection* raw = c.get();
    all.push_back(std::move(c));
    ts.emplace_back([raw] { raw->run(); });
  }
  for (auto& c : all) ts.emplace_back([&c] { c->run(); });
  for (auto& t : ts) t.join();
}
void serve(std::shared_ptr<connection> c) {
  gosan::go([c] { c->run(); });
}
void serve_raw(connection* c) {
  gosan::go([c] { c->run(); });
}
void serve_all(std::vector<connection*> v) {
  for (int i = 0; i < 3; ++i) {
    auto c = std::make_shared<connection>();
    c->state = 2;
    serve(c);
  }
  for (int i = 0; i < 3; ++i) serve(std::make_shared<connection>());
  for (auto* c : v) serve_raw(c);
  for (std::size_t i = 0; i < v.size(); ++i) serve_raw(v[i]);
  connection* p = v[0];
  serve_raw(p);
  p = v[1];
  serve_raw(p);
  p->state = 3;
}
struct listnode {
  listnode* next = nullptr;
  int v = 0;
};
void a_goroutine_for_each_node(listnode* head) {
  gosan::wait_group wg;
  for (listnode* n = head; n; n = n->next) wg.go([n] { n->v = 1; });
  wg.wait();
}
void fill(int* out, int n) {
  for (int i = 0; i < n; ++i) out[i] = i;
}
void a_half_each() {
  int a[10];
  std::thread t([&] { fill(a, 5); });
  fill(a + 5, 5);
  t.join();
  std::vector<int> v(10);
  std::thread u([&] { fill(v.data(), 5); });
  fill(v.data() + 5, 5);
  u.join();
}
void qsort_par(std::vector<int>& v, int lo, int hi) {
  if (hi - lo < 2) return;
  int mid = (lo + hi) / 2;
  std::thread t([&] { qsort_par(v, lo, mid); });
  qsort_par(v, mid, hi);
  t.join();
  std::swap(v[lo], v[mid]);
}
struct tree {
  std::unique_ptr<tree> l, r;
  int sum = 0;
  void total() {
    if (!l) return;
    std::thread t([this] { l->total(); });
    r->total();
    t.join();
    sum = l->sum + r->sum;
  }
};
class actor {
  gosan::chan<std::function<void()>> inbox_ = gosan::make_chan<std::function<void()>>(8);
  int state_ = 0;

 public:
  void start() {
    gosan::go([this] {
      for (auto f : inbox_) f();
    });
  }
  void add(int n) {
    inbox_.send([this, n] { state_ += n; });
  }
  int get() {
    auto r = gosan::make_chan<int>();
    inbox_.send([this, r]() mutable { r.send(state_); });
    return *r.recv();
  }
};
void actors() {
  actor a;
  a.start();
  a.add(1);
  use(a.get());
}
void a_sum_each(const std::vector<int>& v) {
  int parts[2] = {};
  int l = 0, r = 0;
  std::thread t([&] {
    for (std::size_t i = 0; i < v.size() / 2; ++i) l += v[i];
    parts[0] = l;
  });
  for (std::size_t i = v.size() / 2; i < v.size(); ++i) r += v[i];
  parts[1] = r;
  t.join();
  use(l + r + parts[0] + parts[1]);
}
struct base {
  virtual ~base() {}
  virtual void run() = 0;
  int n = 0;
};
struct derived : base {
  void run() override { ++n; }
  std::thread t;
  void go() {
    t = std::thread([this] { run(); });
    t.join();
    ++n;
  }
};
