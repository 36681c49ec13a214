#include <gosan/gosan.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <shared_mutex>

void use(int);
bool failed();

// ---- What it flags ----

class bank {
 public:
  void pay() {
    std::lock_guard hold(accounts_);  // note: the other order: 'accounts_' is locked here
    std::lock_guard too(log_);        // note: and 'log_' is locked here
    use(1);
  }
  void report() {
    std::lock_guard hold(log_);      // note: 'log_' is locked here
    std::lock_guard too(accounts_);  // expect: gosan-lock-order
    use(2);
  }

 private:
  gosan::mutex accounts_, log_;
};

class through_a_helper {
 public:
  void add() {
    std::lock_guard hold(table_);
    count();
  }
  void drop() {
    stats_.lock();
    std::unique_lock hold(table_);
    stats_.unlock();
  }

 private:
  void count() {
    std::lock_guard hold(stats_);  // expect: gosan-lock-order
    use(1);
  }
  std::mutex table_, stats_;
};

void locals_of_two_goroutines() {
  gosan::mutex a, b;
  gosan::wait_group both;
  both.go([&] {
    std::lock_guard first(a);
    std::lock_guard second(b);
  });
  both.go([&] {
    std::lock_guard first(b);
    std::lock_guard second(a);  // expect: gosan-lock-order
  });
  both.wait();
}

struct account {
  gosan::mutex m;
  int balance = 0;
};

void move(account& from, account& to, int n) {
  std::lock_guard first(from.m);
  std::lock_guard second(to.m);  // expect: gosan-lock-order
  from.balance -= n;
  to.balance += n;
}

void two_objects_handed_over_crosswise() {
  account a, b;
  gosan::wait_group both;
  both.go([&] { move(a, b, 1); });
  both.go([&] { move(b, a, 1); });
  both.wait();
}

class readers {
 public:
  void one() {
    std::shared_lock hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard hold(b_);
    std::lock_guard too(a_);  // expect: gosan-lock-order
  }

 private:
  gosan::shared_mutex a_;
  gosan::mutex b_;
};

struct part {
  gosan::mutex m;
};
struct whole {
  gosan::mutex m;
  std::array<part, 2> parts;
};
void whole_then_each_part(whole& w) {
  std::lock_guard hold(w.m);                             // note: the other order
  for (part& p : w.parts) std::lock_guard hold_part(p.m);  // note: and
}
void part_then_whole(whole& w) {
  part& first = w.parts[0];
  std::lock_guard hold(first.m);  // note: is locked here
  std::lock_guard too(w.m);       // expect: gosan-lock-order
}

// ---- By templates ----

template <class A, class B>
void hold_both(A& a, B& b) {
  std::lock_guard first(a);
  std::lock_guard second(b);  // expect: gosan-lock-order
  use(1);
}
gosan::mutex one, two;
void one_and_two() { hold_both(one, two); }
void two_and_one() { hold_both(two, one); }

template <class T>
struct cell {
  gosan::mutex mutex;
  T value{};
};
template <class T>
void copy_to(cell<T>& from, cell<T>& to) {
  std::lock_guard first(from.mutex);
  std::lock_guard second(to.mutex);  // expect: gosan-lock-order
  to.value = from.value;
}
cell<int> here, there;
void copy_there() { copy_to(here, there); }
void copy_here() { copy_to(there, here); }

template <class M>
class guard_of {
 public:
  explicit guard_of(M& m) : mutex_(m) { mutex_.lock(); }  // expect: gosan-lock-order
  ~guard_of() { mutex_.unlock(); }

 private:
  M& mutex_;
};
gosan::mutex three, four;
void three_and_four() {
  guard_of<gosan::mutex> first(three);
  guard_of<gosan::mutex> second(four);
}
void four_and_three() {
  guard_of<gosan::mutex> first(four);
  guard_of<gosan::mutex> second(three);
}

template <class M, class F>
void with(M& m, F f) {
  std::lock_guard hold(m);
  f();
}
class accounts {
 public:
  void pay() {
    with(mutex_, [this] {
      std::lock_guard too(log_);
      ++paid_;
    });
  }
  void report() {
    with(log_, [this] {
      std::lock_guard too(mutex_);  // expect: gosan-lock-order
      ++paid_;
    });
  }

 private:
  gosan::mutex mutex_, log_;
  int paid_ = 0;
};

// ---- Near misses ----

class same_order {
 public:
  void one() {
    std::lock_guard hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard hold(a_);
    use(1);
    std::lock_guard too(b_);
  }

 private:
  gosan::mutex a_, b_;
};

class given_up_between {
 public:
  void one() {
    std::lock_guard hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    {
      std::lock_guard hold(b_);
      use(1);
    }
    std::lock_guard too(a_);
  }
  void three() {
    std::unique_lock hold(b_);
    hold.unlock();
    std::lock_guard too(a_);
  }

 private:
  gosan::mutex a_, b_;
};

class all_at_once {
 public:
  void one() { std::scoped_lock hold(a_, b_); }
  void two() { std::scoped_lock hold(b_, a_); }
  void three() {
    std::lock(a_, b_);
    std::lock_guard x(a_, std::adopt_lock);
    std::lock_guard y(b_, std::adopt_lock);
  }

 private:
  std::mutex a_, b_;
};

class behind_a_gate {
 public:
  void one() {
    std::lock_guard gate(gate_);
    std::lock_guard hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard gate(gate_);
    std::lock_guard hold(b_);
    std::lock_guard too(a_);
  }

 private:
  gosan::mutex gate_, a_, b_;
};

class only_tries {
 public:
  void one() {
    std::lock_guard hold(a_);
    std::lock_guard too(b_);
  }
  void two() {
    std::lock_guard hold(b_);
    if (a_.try_lock()) a_.unlock();
  }

 private:
  gosan::mutex a_, b_;
};

class two_readers {
 public:
  void one() {
    std::shared_lock hold(a_);
    std::shared_lock too(b_);
  }
  void two() {
    std::shared_lock hold(b_);
    std::shared_lock too(a_);
  }

 private:
  gosan::shared_mutex a_, b_;
};

void one_after_the_other() {
  gosan::mutex a, b;
  gosan::wait_group one, two;
  one.go([&] {
    std::lock_guard first(a);
    std::lock_guard second(b);
  });
  one.wait();
  two.go([&] {
    std::lock_guard first(b);
    std::lock_guard second(a);
  });
  two.wait();
}

void alone() {
  gosan::mutex a, b;
  {
    std::lock_guard first(a);
    std::lock_guard second(b);
  }
  std::lock_guard first(b);
  std::lock_guard second(a);
}

void move_in_order(account& low, account& high) {
  std::lock_guard first(low.m);
  std::lock_guard second(high.m);
}

void objects_always_in_one_order() {
  account a, b;
  gosan::wait_group both;
  both.go([&] { move_in_order(a, b); });
  both.go([&] { move_in_order(a, b); });
  both.wait();
}

// Of two parts it is not known which.
void part_then_part(whole& w, int i, int j) {
  std::lock_guard hold(w.parts[i].m);
  std::lock_guard too(w.parts[j].m);
}

struct other_whole {
  gosan::mutex m;
  std::array<part, 2> parts;
};
void always_the_parts_first(other_whole& w) {
  for (part& p : w.parts) {
    std::lock_guard hold_part(p.m);
    std::lock_guard hold(w.m);
  }
}
void the_whole_alone(other_whole& w) { std::lock_guard hold(w.m); }

struct third_whole {
  gosan::mutex m;
  std::array<part, 2> parts;
};
// Each function has an object of its own.
void whole_first(third_whole& w) {
  std::lock_guard hold(w.m);
  std::lock_guard too(w.parts[0].m);
}
void part_first(third_whole& w) {
  std::lock_guard hold(w.parts[0].m);
  std::lock_guard too(w.m);
}
void whole_first_of_one() {
  auto w = std::make_shared<third_whole>();
  gosan::go([w] { whole_first(*w); });
  gosan::go([w] { whole_first(*w); });
}
void part_first_of_another() {
  auto w = std::make_shared<third_whole>();
  gosan::go([w] { part_first(*w); });
  gosan::go([w] { part_first(*w); });
}

template <class A, class B>
void hold_in_order(A& a, B& b) {
  std::lock_guard first(a);
  std::lock_guard second(b);
  use(1);
}
gosan::mutex five, six;
void five_and_six() { hold_in_order(five, six); }
void five_and_six_again() { hold_in_order(five, six); }

template <class T>
void copy_safely(cell<T>& from, cell<T>& to) {
  std::scoped_lock both(from.mutex, to.mutex);
  to.value = from.value;
}
cell<int> left, right;
void copy_right() { copy_safely(left, right); }
void copy_left() { copy_safely(right, left); }

template <class M>
class ordered_guard {
 public:
  explicit ordered_guard(M& m) : mutex_(m) { mutex_.lock(); }
  ~ordered_guard() { mutex_.unlock(); }

 private:
  M& mutex_;
};
gosan::mutex seven, eight;
void one_behind_the_other() {
  { ordered_guard<gosan::mutex> hold(eight); }
  ordered_guard<gosan::mutex> hold(seven);
}
void both_in_order() {
  ordered_guard<gosan::mutex> first(seven);
  ordered_guard<gosan::mutex> second(eight);
}

// Objects of one run of one function.
template <class T>
void copy_in_turn(cell<T>& a, cell<T>& b) {
  { std::scoped_lock both(a.mutex, b.mutex); }
  std::lock_guard hold(b.mutex);
}
void cells_of_its_own() {
  cell<int> a, b;
  copy_in_turn(a, b);
}
