// checks: -*,gosan-missing-done
// Counts through calls, methods and objects.
#include <gosan/gosan.hpp>

#include <functional>
#include <memory>

void use(int);
bool failed();

// ---- What it flags ----

class two_workers {
 public:
  void start() {
    left_.add(2);  // expect: gosan-missing-done
    gosan::go([this] { produce(); });
    gosan::go([this] { watch(); });
  }
  void stop() {
    quit_.close();
    left_.wait();
  }

 private:
  void produce() {
    for (int i = 0;; ++i)
      if (gosan::select(gosan::send_case(items_, i), gosan::recv_case(quit_)) == 1) break;
    left_.done();
  }
  void watch() { quit_.recv(); }

  gosan::wait_group left_;
  gosan::chan<int> items_ = gosan::make_chan<int>();
  gosan::chan<void> quit_ = gosan::make_chan<void>();
};

class in_steps {
 public:
  void run() {
    begin();
    launch();
    left_.wait();
  }

 private:
  void begin() { left_.add(2); }  // expect: gosan-missing-done
  void launch() {
    gosan::go([this] { left_.done(); });
  }
  gosan::wait_group left_;
};

struct counted {
  gosan::wait_group left;
  void begin() { left.add(2); }  // expect: gosan-missing-done
  void finish() { left.done(); }
};
void uses_an_object() {
  counted c;
  c.begin();
  gosan::go([&c] { c.finish(); });
  c.left.wait();
}

void adds_three(gosan::wait_group& group) { group.add(3); }  // expect: gosan-missing-done
void by_a_helper() {
  gosan::wait_group group;
  adds_three(group);
  gosan::go([&group] { group.done(); });
  gosan::go([&group] { group.done(); });
  group.wait();
}

// ---- What it does not ----

class two_good_workers {
 public:
  void start() {
    left_.add(2);
    gosan::go([this] { produce(); });
    gosan::go(&two_good_workers::watch, this);
  }
  void stop() {
    quit_.close();
    left_.wait();
  }

 private:
  void produce() {
    gosan::defer done{[this] { left_.done(); }};
    if (failed()) return;
    use(1);
  }
  void watch() {
    quit_.recv();
    left_.done();
  }
  gosan::wait_group left_;
  gosan::chan<void> quit_ = gosan::make_chan<void>();
};

class counted_down_from_outside {
 public:
  void start() {
    left_.add(2);
    gosan::go([this] { finish(); });
  }
  void finish() { left_.done(); }
  void wait() { left_.wait(); }

 private:
  gosan::wait_group left_;
};
void counts_down(counted_down_from_outside& c) {
  c.start();
  c.finish();
  c.wait();
}

void later(std::function<void()> f);
class counted_down_by_a_callback {
 public:
  void start() {
    left_.add(2);
    gosan::go([this] { left_.done(); });
    later([this] { left_.done(); });
  }
  void wait() { left_.wait(); }

 private:
  gosan::wait_group left_;
};

class counted_down_by_name {
 public:
  void start() {
    left_.add(2);
    gosan::go([this] { finish(); });
    later(std::bind(&counted_down_by_name::finish, this));
  }
  void wait() { left_.wait(); }

 private:
  void finish() { left_.done(); }
  gosan::wait_group left_;
};

void twice_in_one_body() {
  gosan::wait_group group;
  group.add(2);
  gosan::go([&group] {
    use(1);
    group.done();
    use(2);
    group.done();
  });
  group.wait();
}

void start_two(gosan::wait_group& group) {
  group.add(2);
  gosan::go([&group] { group.done(); });
  gosan::go([&group] { group.done(); });
}
void start_four() {
  gosan::wait_group group;
  start_two(group);
  start_two(group);
  group.wait();
}

void by_a_function_object() {
  gosan::wait_group group;
  group.add(2);
  gosan::go([&group] { group.done(); });
  std::function<void()> finish = [&group] { group.done(); };
  finish();
  group.wait();
}

void nested() {
  gosan::wait_group group;
  group.add(2);
  gosan::go([&group] {
    gosan::go([&group] { group.done(); });
    group.done();
  });
  group.wait();
}

struct rounds {
  gosan::wait_group left;
  void begin(int n) { left.add(n); }
  void finish() { left.done(); }
};
void not_constant(int n) {
  rounds r;
  r.begin(n);
  for (int i = 0; i < n; ++i) gosan::go([&r] { r.finish(); });
  r.left.wait();
}
