// checks: -*,gosan-lock-order,gosan-double-lock
// What runs a function once keeps others waiting meanwhile, as a lock does.
#include <gosan/gosan.hpp>

#include <mutex>

void use(int);

// ---- What it flags ----

class page {
 public:
  void count() {
    once_.call([&] { std::lock_guard hold(m_); });  // note: and 'm_' is locked here, while 'once_' runs its function
  }
  void shortcode() {
    std::lock_guard hold(m_);  // note: 'm_' is locked here
    words();
  }

 private:
  void words() {
    once_.call([] { use(1); });  // expect: gosan-lock-order
  }
  gosan::once once_;
  gosan::mutex m_;
};

class of_the_library {
 public:
  void configure() {
    std::lock_guard hold(m_);  // note: the other order: 'm_' is locked here
    std::call_once(flag_, [] { use(1); });
  }
  void load() {
    std::call_once(flag_, [this] { read(); });
  }

 private:
  void read() { std::lock_guard hold(m_); }  // expect: gosan-lock-order
  std::once_flag flag_;
  std::mutex m_;
};

struct client {
  gosan::once made;
  int retries = 0;
};
int retries_of(client& c);
int defaults(client& c) { return retries_of(c) + 1; }
int retries_of(client& c) {
  c.made.call([&] { c.retries = defaults(c); });  // expect: gosan-double-lock
  return c.retries;
}

// ---- What it does not ----

class before_the_lock {
 public:
  void count() {
    once_.call([&] { std::lock_guard hold(m_); });
  }
  void shortcode() {
    count();
    std::lock_guard hold(m_);
    use(1);
  }

 private:
  gosan::once once_;
  gosan::mutex m_;
};

class always_under_the_lock {
 public:
  void one() {
    std::lock_guard hold(m_);
    once_.call([] { use(1); });
  }
  void two() {
    std::lock_guard hold(m_);
    once_.call([] { use(2); });
  }

 private:
  gosan::once once_;
  gosan::mutex m_;
};

struct two_steps {
  gosan::once first, second;
};
void second_step(two_steps& t) {
  t.second.call([] { use(2); });
}
void first_step(two_steps& t) {
  t.first.call([&] { second_step(t); });
  second_step(t);
}
void twice_in_turn(two_steps& t) {
  t.first.call([] { use(1); });
  t.first.call([] { use(1); });
}
void of_another_object(client& c) {
  client other;
  c.made.call([&] { other.made.call([&] { use(other.retries); }); });
}
