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
    std::lock_guard too(log_);        // note: and 'log_' here
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
