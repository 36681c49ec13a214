#include <gosan/gosan.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

void use(int);

// ---- What it flags ----

void counter() {
  int count = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&count] { ++count; });  // expect: gosan-shared-capture
  group.wait();
}

void list() {
  std::vector<int> all;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) {
    group.go([&, i] {  // note: the goroutines start here, in a loop
      all.push_back(i);  // expect: gosan-shared-capture
    });
  }
  group.wait();
}

void writer_and_reader() {
  int state = 0;
  gosan::wait_group group;
  group.go([&] { state = 1; });  // expect: gosan-shared-capture
  group.go([&] { use(state); });  // note: the other reads it here
  group.wait();
}

void spawner_goes_on() {
  int error = 0;
  auto done = gosan::make_chan<void>();
  gosan::go([&] {  // note: the goroutine starts here
    error = 1;     // note: it writes it here
    done.close();
  });
  error = 2;  // expect: gosan-shared-capture
  done.recv();
  use(error);
}

void spawner_reads_too_early() {
  std::vector<int> all;
  gosan::wait_group group;
  group.go([&] { all.push_back(1); });
  use(static_cast<int>(all.size()));  // expect: gosan-shared-capture
  group.wait();
}

void only_one_locks() {
  int count = 0;
  gosan::mutex mutex;
  gosan::wait_group group;
  group.go([&] {
    std::lock_guard hold(mutex);
    ++count;
  });
  group.go([&] { ++count; });  // expect: gosan-shared-capture
  group.wait();
}

struct totals {
  int sum = 0, count = 0;
  gosan::mutex m;
  void add(int n) { sum += n; }
  void add_locked(int n) {
    std::lock_guard hold(m);
    sum += n;
  }
};

void what_a_pointer_leads_to() {
  int* turn = new int(0);
  gosan::wait_group group;
  for (; *turn < 3; ++*turn)  // expect: gosan-shared-capture
    group.go([turn] { use(*turn); });
  group.wait();
}

void field_of_a_shared_object() {
  auto t = std::make_shared<totals>();
  gosan::wait_group group;
  group.go([t] { t->sum = 1; });
  t->sum = 2;  // expect: gosan-shared-capture
  group.wait();
}

void by_a_method() {
  auto t = new totals;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([t, i] { t->add(i); });  // expect: gosan-shared-capture
  group.wait();
}

struct stats {
  int hits = 0, misses = 0;
  gosan::mutex m;
  std::atomic<int> all = 0;
  void hit() { ++hits; }
  void hit_locked() {
    std::lock_guard hold(m);
    ++hits;
  }
  void count() { ++all; }
};

void method_of_a_captured_object() {
  stats s;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&s] { s.hit(); });  // expect: gosan-shared-capture
  group.wait();
}

void field_of_a_captured_object() {
  stats s;
  gosan::wait_group group;
  group.go([&] { s.hits = 1; });  // expect: gosan-shared-capture
  group.go([&] { use(s.hits); });
  group.wait();
}

void bump(int& n) { ++n; }
void bump_twice(int& n) { bump(n), bump(n); }
void by_a_helper() {
  int n = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&n] { bump_twice(n); });  // expect: gosan-shared-capture
  group.wait();
}

void map_that_grows(const std::vector<std::string>& names) {
  std::map<std::string, int> seen;
  gosan::wait_group group;
  for (auto& name : names) group.go([&seen, name] { seen[name] = 1; });  // expect: gosan-shared-capture
  group.wait();
}

class service {
 public:
  void count() {
    for (int i = 0; i < 3; ++i) group_.go([this] { ++hits_; });  // expect: gosan-shared-capture
    group_.wait();
  }
  void count_by_a_method() {
    for (int i = 0; i < 3; ++i) group_.go([this] { hit(); });  // expect: gosan-shared-capture
    group_.wait();
  }
  void goes_on() {
    group_.go([this] { state_ = 1; });
    state_ = 2;  // expect: gosan-shared-capture
    group_.wait();
  }
  void two_fields() {
    for (int i = 0; i < 3; ++i)
      group_.go([&, i] {
        hits_ = i;   // expect: gosan-shared-capture
        state_ = i;  // expect: gosan-shared-capture
      });
    group_.wait();
  }

 private:
  void hit() { ++hits_; }
  gosan::wait_group group_;
  int hits_ = 0, state_ = 0;
};

// ---- Near misses ----

void spawner_waits() {
  int error = 0;
  auto done = gosan::make_chan<void>();
  error = 3;
  gosan::go([&] {
    error = 1;
    done.close();
  });
  done.recv();
  use(error);
}

void both_sides_lock() {
  int count = 0;
  gosan::mutex mutex;
  gosan::wait_group group;
  group.go([&] {
    std::lock_guard hold(mutex);
    ++count;
  });
  {
    std::lock_guard hold(mutex);
    ++count;
  }
  group.wait();
}

void read_by_both() {
  int state = 1;
  gosan::wait_group group;
  group.go([&] { use(state); });
  use(state);
  group.wait();
}

void anew_in_each_turn() {
  for (int i = 0; i < 3; ++i) {
    int state = i;
    gosan::wait_group group;
    group.go([&] { ++state; });
    group.wait();
    use(state);
  }
}

void locked() {
  int count = 0;
  gosan::mutex mutex;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      std::lock_guard hold(mutex);
      ++count;
    });
  group.wait();
}

void atomic() {
  std::atomic<int> count = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&count] { ++count; });
  group.wait();
}

void one_after_the_other() {
  int state = 0;
  gosan::wait_group group;
  group.go([&] { state = 1; });
  group.wait();
  group.go([&] { state = 2; });
  group.wait();
}

void one_in_each_turn() {
  int state = 0;
  for (int i = 0; i < 3; ++i) {
    gosan::wait_group group;
    group.go([&] { ++state; });
    group.wait();
  }
}

void elements_of_their_own() {
  std::vector<int> results(3);
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&results, i] { results[static_cast<std::size_t>(i)] = i; });
  group.wait();
}

void only_readers() {
  int state = 1;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&] { use(state); });
  group.wait();
}

void ordered_by_a_channel() {
  int state = 0;
  auto ready = gosan::make_chan<void>();
  gosan::wait_group group;
  group.go([&] {
    state = 1;
    ready.close();
  });
  group.go([&] {
    ready.recv();
    use(state);
  });
  group.wait();
}

void copies() {
  int count = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([count]() mutable { ++count; });
  group.wait();
}

void fields_of_their_own() {
  auto t = std::make_shared<totals>();
  gosan::wait_group group;
  group.go([t] { t->sum = 1; });
  t->count = 2;
  group.wait();
  use(t->sum);
}

void by_a_method_that_locks() {
  auto t = new totals;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([t, i] { t->add_locked(i); });
  group.wait();
}

void an_object_for_each_turn() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) {
    auto t = std::make_shared<totals>();
    group.go([t, i] { t->add(i); });
  }
  group.wait();
}

void read_by_all() {
  auto t = std::make_shared<totals>();
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([t] { use(t->sum); });
  use(t->sum);
  group.wait();
}

void last_one_sums_up() {
  auto t = std::make_shared<totals>();
  std::atomic<int> left = 3;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([t, &left] {
      if (left.fetch_sub(1) == 1) t->sum = 1;
    });
  group.wait();
}

void methods_that_lock_or_are_atomic() {
  stats s;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([&s] {
      s.hit_locked();
      s.count();
    });
  group.wait();
}

void fields_of_one_object() {
  stats s;
  gosan::wait_group group;
  group.go([&] { s.hits = 1; });
  group.go([&] { s.misses = 1; });
  group.wait();
}

void look(const int& n) { use(n); }
void helper_only_reads() {
  int n = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&n] { look(n); });
  group.wait();
}

class careful_service {
 public:
  void locked() {
    for (int i = 0; i < 3; ++i)
      group_.go([this] {
        std::lock_guard hold(mutex_);
        ++hits_;
      });
    group_.wait();
    use(hits_);
  }
  void locked_in_a_method() {
    for (int i = 0; i < 3; ++i) group_.go([this] { hit(); });
    {
      std::lock_guard hold(mutex_);
      ++hits_;
    }
    group_.wait();
  }
  void atomic() {
    for (int i = 0; i < 3; ++i) group_.go([this] { ++all_; });
    ++all_;
    group_.wait();
  }
  void waits_first() {
    group_.go([this] { hits_ = 1; });
    group_.wait();
    hits_ = 2;
  }
  void sets_up_before() {
    limit_ = 3;
    for (int i = 0; i < 3; ++i) group_.go([this] { use(limit_); });
    use(limit_);
    group_.wait();
  }
  void fields_of_their_own() {
    group_.go([this] { hits_ = 1; });
    group_.go([this] { limit_ = 1; });
    group_.wait();
  }
  void copy_of_the_object() {
    for (int i = 0; i < 3; ++i) gosan::go([copy = limit_]() mutable { ++copy; });
    ++limit_;
  }
  void elements_of_their_own() {
    for (std::size_t i = 0; i < results_.size(); ++i) group_.go([this, i] { results_[i] = 1; });
    group_.wait();
  }
  void told_by_a_channel() {
    group_.go([this] {
      hits_ = 1;
      ready_.close();
    });
    ready_.recv();
    hits_ = 2;
  }

 private:
  void hit() {
    std::lock_guard hold(mutex_);
    ++hits_;
  }
  gosan::mutex mutex_;
  gosan::wait_group group_;
  gosan::chan<void> ready_ = gosan::make_chan<void>();
  std::atomic<int> all_ = 0;
  std::vector<int> results_ = std::vector<int>(3);
  int hits_ = 0, limit_ = 0;
};

// ---- Compound assignment ----

void adds_to_an_atomic() {
  gosan::wait_group group;
  std::atomic<int> n = 0;
  for (int i = 0; i < 3; ++i) group.go([&n, i] { n += i; });
  group.wait();
}

void adds_to_an_int() {
  gosan::wait_group group;
  int n = 0;
  for (int i = 0; i < 3; ++i) group.go([&n, i] { n += i; });  // expect: gosan-shared-capture
  group.wait();
}

void adds_to_a_duration_of_chrono() {
  gosan::wait_group group;
  std::chrono::seconds n{};
  for (int i = 0; i < 3; ++i) group.go([&n, i] { n += std::chrono::seconds(i); });  // expect: gosan-shared-capture
  group.wait();
}
