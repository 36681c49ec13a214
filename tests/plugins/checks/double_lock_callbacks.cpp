// checks: -*,gosan-double-lock
// Callbacks that objects keep, called under a lock that they take.
#include <gosan/gosan.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>

void use(int);

// ---- What it flags ----

struct lessor {
  gosan::shared_mutex m;
  std::function<void()> checkpoint;
  int remaining = 10;
};
void checkpoint(lessor& l) {
  std::lock_guard hold(l.m);  // note: locked again here
  --l.remaining;
}
void set_up(lessor& l) {
  std::lock_guard hold(l.m);
  l.checkpoint = [&l] { checkpoint(l); };  // note: the callback is put there here
}
void renew(lessor& l) {
  std::lock_guard hold(l.m);  // note: locked first here
  l.checkpoint();             // expect: gosan-double-lock
}

class document {
 public:
  document() {
    on_change_ = [this] { save(); };
  }
  void write(int n) {
    std::lock_guard hold(mutex_);
    last_ = n;
    if (on_change_) on_change_();  // expect: gosan-double-lock
  }
  void save() {
    std::lock_guard hold(mutex_);
    use(last_);
  }

 private:
  std::mutex mutex_;
  std::function<void()> on_change_;
  int last_ = 0;
};

class source {
 public:
  void on_event(std::function<void(int)> f) { handler_ = std::move(f); }
  int count() {
    std::lock_guard hold(mutex_);
    return count_;
  }
  void event(int n) {
    std::lock_guard hold(mutex_);
    count_ += n;
    handler_(n);  // expect: gosan-double-lock
  }

 private:
  std::mutex mutex_;
  std::function<void(int)> handler_;
  int count_ = 0;
};
void count_events() {
  source s;
  s.on_event([&s](int) { use(s.count()); });
  s.event(1);
}

struct mapping {
  gosan::shared_mutex m;
  std::function<void()> on_change;
  int size = 0;
  int count() {
    std::shared_lock hold(m);
    return size;
  }
};
void clear(mapping& x) {
  std::lock_guard hold(x.m);
  x.size = 0;
  x.on_change();  // expect: gosan-double-lock
}
void clear_one() {
  auto x = std::make_shared<mapping>();
  x->on_change = [x = x.get()] { x->count(); };
  clear(*x);
}

// ---- Near misses ----

struct other_lessor {
  gosan::mutex m;
  std::function<void()> checkpoint;
  int remaining = 10;
};
void checkpoint(other_lessor& l) {
  std::lock_guard hold(l.m);
  --l.remaining;
}
void set_up(other_lessor& l) {
  l.checkpoint = [&l] { checkpoint(l); };
}
void renew(other_lessor& l) {
  std::unique_lock hold(l.m);
  auto checkpoint = l.checkpoint;
  hold.unlock();
  checkpoint();
  l.checkpoint();
  hold.lock();
}

// The lock of another object.
struct node {
  gosan::mutex m;
  std::function<void()> notify;
  int n = 0;
};
void joined(node& parent, node& child) {
  child.notify = [&parent] {
    std::lock_guard hold(parent.m);
    ++parent.n;
  };
}
void changed(node& x) {
  std::lock_guard hold(x.m);
  x.notify();
}

// Something else may be there.
class notifier {
 public:
  explicit notifier(std::function<void()> f) : f_(std::move(f)) {}
  void set_own() {
    f_ = [this] { look(); };
  }
  void tell() {
    std::lock_guard hold(m_);
    f_();
  }
  void look() { std::lock_guard hold(m_); }

 private:
  std::mutex m_;
  std::function<void()> f_;
};

class two_ways {
 public:
  void quiet() {
    f_ = [] { use(1); };
  }
  void loud() {
    f_ = [this] { look(); };
  }
  void tell() {
    std::lock_guard hold(m_);
    f_();
  }
  void look() { std::lock_guard hold(m_); }

 private:
  std::mutex m_;
  std::function<void()> f_;
};

class recursive {
 public:
  recursive() {
    f_ = [this] { look(); };
  }
  void tell() {
    std::lock_guard hold(m_);
    f_();
  }
  void look() { std::lock_guard hold(m_); }

 private:
  std::recursive_mutex m_;
  std::function<void()> f_;
};
