// fix-its: 4
#include <gosan/gosan.hpp>

#include <memory>
#include <vector>

void use(int);
bool failed();

// ---- What it flags ----

void returns_early() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    if (failed()) return;  // expect: gosan-missing-done
    use(1);
    group.done();  // note: other paths call done() here
  });
  group.wait();
}

void worker(gosan::wait_group& group, int id) {
  if (id == 0) return;  // expect: gosan-missing-done
  if (failed()) group.done();
  else group.done();
}
void starts_a_function() {
  gosan::wait_group group;
  group.add(1);
  gosan::go(worker, std::ref(group), 1);
  group.wait();
}

void throws() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    try {
      if (failed()) throw 1;
      group.done();
    } catch (...) {
      use(2);
    }
  });  // expect: gosan-missing-done
  group.wait();
}

void only_sometimes() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    if (failed()) group.done();
  });  // expect: gosan-missing-done
  group.wait();
}

void forgotten() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) {
    group.add(1);  // note: counted up here
    gosan::go([i] { use(i); });  // expect: gosan-missing-done
  }
  group.wait();
}

void nobody_at_all() {
  gosan::wait_group group;
  group.add(1);  // expect: gosan-missing-done
  group.wait();
}

void one_too_few() {
  gosan::wait_group group;
  group.add(3);  // expect: gosan-missing-done
  gosan::go([&group] { group.done(); });
  gosan::go([&group] { group.done(); });
  group.wait();
}

void one_too_many() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) {
    group.add(1);  // expect: gosan-missing-done
    gosan::go([&group] {
      group.done();
    });
    gosan::go([&group] { group.done(); });
  }
  group.wait();
}

void twice_on_one_path() {
  gosan::wait_group group;
  group.add(1);
  gosan::go([&group] {
    if (failed()) group.done();  // note: that path has called it here
    use(1);
    group.done();  // expect: gosan-missing-done
  });
  group.wait();
}

void by_hand_and_by_defer() {
  gosan::wait_group group;
  group.add(1);
  gosan::go([&group] {
    gosan::defer done{[&] { group.done(); }};
    if (failed()) {
      group.done();  // note: that path has called it here
      return;        // expect: gosan-missing-done
    }
    use(1);
  });
  group.wait();
}

void nobody_is_counted() {
  gosan::wait_group group;
  gosan::go([] { use(1); });
  group.wait();  // expect: gosan-missing-done
}

void waits_in_each_turn() {
  auto group = std::make_shared<gosan::wait_group>();
  group->add(2);  // note: counted up here
  for (int i = 0; i < 2; ++i) {
    gosan::go([group] { group->done(); });
    group->wait();  // expect: gosan-missing-done
  }
}

class pool {
 public:
  void submit(int job) {
    group_.add(1);
    gosan::go([this, job] {
      run(job);
    });  // expect: gosan-missing-done
  }
  void wait() { group_.wait(); }

 private:
  void run(int job) {
    if (job == 3) return;
    use(job);
    group_.done();
  }
  gosan::wait_group group_;
};

class pool_that_never_counts_down {
 public:
  void submit(int job) {
    group_.add(1);  // expect: gosan-missing-done
    gosan::go([this, job] { run(job); });
  }
  void wait() { group_.wait(); }

 private:
  void run(int job) { use(job); }
  gosan::wait_group group_;
};

// ---- Near misses ----

void guarded() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    gosan::defer d{[&] { group.done(); }};
    if (failed()) return;
    use(1);
  });
  group.wait();
}

class done_guard {
 public:
  explicit done_guard(gosan::wait_group& g) : group_(g) {}
  ~done_guard() { group_.done(); }

 private:
  gosan::wait_group& group_;
};

void guarded_by_its_own_class() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    done_guard guard{group};
    if (failed()) throw 1;
  });
  group.wait();
}

void on_every_path() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    if (failed()) {
      group.done();
      return;
    }
    use(1);
    group.done();
  });
  group.wait();
}

void finish(gosan::wait_group& group) { group.done(); }
void by_a_helper() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    use(1);
    finish(group);
  });
  group.wait();
}

void one_per_job(gosan::recv_chan<int> jobs) {
  gosan::wait_group group;
  group.add(10);
  gosan::go([&group, jobs] {
    for (int job : jobs) {
      use(job);
      group.done();
    }
  });
  group.wait();
}

void constant_loop() {
  gosan::wait_group group;
  group.add(3);
  for (int i = 0; i < 3; ++i) gosan::go([&group] { group.done(); });
  group.wait();
}

void unknown_number(int n) {
  gosan::wait_group group;
  group.add(n);
  for (int i = 0; i < n; ++i) gosan::go([&group] { group.done(); });
  group.wait();
}

void counts_by_itself() {
  gosan::wait_group group;
  group.go([] { use(1); });
  group.wait();
}

void give_away(gosan::wait_group& group);
void done_elsewhere() {
  gosan::wait_group group;
  group.add(1);
  give_away(group);
  group.wait();
}

void never_comes_back() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    for (;;) {
      if (failed()) continue;
      group.done();
      std::abort();
    }
  });
  group.wait();
}

void hands_on_to_another() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    gosan::go([&group] { group.done(); });
  });
  group.wait();
}

void done_on_either_path() {
  gosan::wait_group group;
  group.add(1);
  gosan::go([&group] {
    if (failed()) {
      group.done();
      return;
    }
    use(1);
    group.done();
  });
  group.wait();
}

void counted_by_the_group() {
  gosan::wait_group group;
  group.go([] { use(1); });
  group.wait();
}

void counted_elsewhere(void (*start)(gosan::wait_group&)) {
  gosan::wait_group group;
  gosan::go([] { use(1); });
  start(group);
  group.wait();
}

void counts_in_each_turn() {
  auto group = std::make_shared<gosan::wait_group>();
  for (int i = 0; i < 2; ++i) {
    group->add(1);
    gosan::go([group] { group->done(); });
    group->wait();
  }
}

void waits_behind_the_loop() {
  auto group = std::make_shared<gosan::wait_group>();
  group->add(2);
  for (int i = 0; i < 2; ++i) gosan::go([group] { group->done(); });
  group->wait();
}

std::shared_ptr<gosan::wait_group> group_of_others();
void counted_by_others_too() {
  auto group = group_of_others();
  group->add(2);
  gosan::go([group] { group->done(); });
  group->wait();
}

struct stage {
  std::shared_ptr<int> owner;
  gosan::wait_group& running;
};
template <class T>
void start_in(const stage& s, T n) {
  s.running.go([n] { use(n); });
}
void counted_through_a_struct() {
  gosan::wait_group running;
  stage s{nullptr, running};
  start_in(s, 1);
  gosan::go([] { use(1); });
  running.wait();
}

// What no handler names is taken not to come.
void risky();
void behind_a_try_block() {
  gosan::wait_group group;
  group.add();
  gosan::go([&group] {
    try {
      risky();
    } catch (int) {
      use(2);
    }
    group.done();
  });
  group.wait();
}

class right_pool {
 public:
  void submit(int job) {
    group_.add(1);
    gosan::go([this, job] { run(job); });
  }
  void wait() { group_.wait(); }

 private:
  void run(int job) {
    gosan::defer done{[this] { finish(); }};
    if (job == 3) return;
    use(job);
  }
  void finish() { group_.done(); }
  gosan::wait_group group_;
};

void count_down(gosan::wait_group& group);
class pool_whose_group_is_handed_on {
 public:
  void submit(int job) {
    group_.add(1);
    gosan::go([this, job] {
      use(job);
      count_down(group_);
    });
  }
  void wait() { group_.wait(); }

 private:
  gosan::wait_group group_;
};

class pool_that_counts_down_by_add {
 public:
  void submit(int job) {
    group_.add(1);
    gosan::go([this, job] {
      use(job);
      group_.add(-1);
    });
  }
  void wait() { group_.wait(); }

 private:
  gosan::wait_group group_;
};

// Counted up and down by the body itself, for somebody else's sake.
void drain_once(gosan::wait_group& draining) {
  if (failed()) {
    draining.add(1);
    draining.done();
  }
}
void counts_for_others(gosan::wait_group& draining) {
  gosan::go([&draining] { drain_once(draining); });
  draining.wait();
}
