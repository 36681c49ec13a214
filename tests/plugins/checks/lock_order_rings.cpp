// checks: -*,gosan-lock-order
// Three and four locks, each taken while the one before is held.
#include <gosan/gosan.hpp>

#include <mutex>
#include <shared_mutex>

void use(int);

// ---- What it flags ----

class controller {
 public:
  void reconcile() {
    std::lock_guard hold(clusters_);  // note: elsewhere 'clusters_' is locked here
    std::lock_guard too(queue_);      // note: and 'queue_' is locked here, while
  }
  void pop() {
    std::lock_guard hold(queue_);
    look_up();
  }
  void on_event() {
    std::lock_guard hold(store_);   // note: 'store_' is locked here
    std::lock_guard too(clusters_);  // expect: gosan-lock-order
  }

 private:
  void look_up() { std::lock_guard hold(store_); }
  gosan::mutex clusters_, queue_, store_;
};

struct four {
  std::mutex a, b, c, d;
};
void one(four& f) { std::scoped_lock hold(f.a), too(f.b); }
void two(four& f) { std::scoped_lock hold(f.b), too(f.c); }
void three(four& f) { std::scoped_lock hold(f.c), too(f.d); }
void last(four& f) { std::scoped_lock hold(f.d), too(f.a); }  // expect: gosan-lock-order

class read_and_written {
 public:
  void one() {
    std::shared_lock hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard hold(b_);
    std::lock_guard too(c_);
  }
  void three() {
    std::lock_guard hold(c_);
    std::unique_lock too(a_);  // expect: gosan-lock-order
  }

 private:
  gosan::shared_mutex a_;
  gosan::mutex b_, c_;
};

// ---- What it does not ----

class in_one_order {
 public:
  void one() {
    std::lock_guard hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard hold(b_);
    std::lock_guard too(c_);
  }
  void three() {
    std::lock_guard hold(a_);
    std::lock_guard too(c_);
  }

 private:
  gosan::mutex a_, b_, c_;
};

class let_go_before {
 public:
  void one() {
    std::lock_guard hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard hold(b_);
    std::lock_guard too(c_);
  }
  void three() {
    { std::lock_guard hold(c_); }
    std::lock_guard too(a_);
  }

 private:
  gosan::mutex a_, b_, c_;
};

class only_read {
 public:
  void one() {
    std::shared_lock hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard hold(b_);
    std::lock_guard too(c_);
  }
  void three() {
    std::lock_guard hold(c_);
    std::shared_lock too(a_);
  }

 private:
  gosan::shared_mutex a_;
  gosan::mutex b_, c_;
};

class behind_one_lock {
 public:
  void one() {
    std::lock_guard all(gate_);
    std::lock_guard hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard hold(b_);
    std::lock_guard too(c_);
  }
  void three() {
    std::lock_guard all(gate_);
    std::lock_guard hold(c_);
    std::lock_guard too(a_);
  }

 private:
  gosan::mutex gate_, a_, b_, c_;
};

void one_after_the_other() {
  gosan::mutex a, b, c;
  gosan::wait_group first, rest;
  first.go([&] {
    std::lock_guard hold(a);
    std::lock_guard too(b);
  });
  first.wait();
  rest.go([&] {
    std::lock_guard hold(b);
    std::lock_guard too(c);
  });
  rest.go([&] {
    std::lock_guard hold(c);
    std::lock_guard too(a);
  });
  rest.wait();
}
