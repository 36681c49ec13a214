// checks: -*,gosan-closure-capture
// fix-its: 0
//
// Goroutines that a call leaves running, functors and what std::bind makes.
#include <gosan/gosan.hpp>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

void use(int);
bool failed();
void work_on(int* n);

// ---- What it flags: started by a call ----

void start_counter(int& where) {
  gosan::go([&where] { where = 1; });  // note: the goroutine starts here
}
void start_counter_by_pointer(int* where) { gosan::go(work_on, where); }
void start_both(int& a, int& b) {
  start_counter(a);
  start_counter_by_pointer(&b);
}
void started_by_a_helper() {
  int hits = 0;
  start_counter(hits);  // expect: gosan-closure-capture
}  // note: the life of 'hits' ends here
void started_by_a_helper_of_a_helper(int a) {
  int b = 0;
  start_both(a, b);  // expect: gosan-closure-capture, gosan-closure-capture
}

struct meter {
  int n = 0;
  void tick() { ++n; }
  void start() {
    gosan::go([this] { tick(); });
  }
  void start_in(gosan::wait_group& g) {
    g.go([this] { tick(); });
  }
};
void method_of_a_local_object() {
  meter m;
  m.start();  // expect: gosan-closure-capture
}
void method_itself() {
  meter m;
  gosan::go(&meter::tick, &m);  // expect: gosan-closure-capture
}
class holder {
 public:
  void go_on() { inner_.start(); }

 private:
  meter inner_;
};
void object_within_a_local_one() {
  holder h;
  h.go_on();  // expect: gosan-closure-capture
}

class waits_when_asked {
 public:
  void start() {
    all_.go([this] { ++n_; });
  }
  void stop() { all_.wait(); }

 private:
  int n_ = 0;
  gosan::wait_group all_;
};
void not_asked_on_one_path() {
  waits_when_asked w;
  w.start();              // expect: gosan-closure-capture
  if (failed()) return;  // note: this path leaves
  w.stop();
}

class destroyed_without_a_wait {
 public:
  void start() {
    all_.go([this] { ++n_; });
  }
  ~destroyed_without_a_wait() { n_ = 0; }

 private:
  int n_ = 0;
  gosan::wait_group all_;
};
void destructor_does_not_wait() {
  destroyed_without_a_wait d;
  d.start();  // expect: gosan-closure-capture
}

template <class F>
void in_background(F f) {
  gosan::go(f);
}
template <class F>
void repeated_in_background(F f) {
  gosan::go([f] { f(), f(); });
}
void closure_is_handed_on() {
  int n = 0;
  in_background([&n] { n = 1; });            // expect: gosan-closure-capture
  repeated_in_background([&n] { n = 1; });  // expect: gosan-closure-capture
}

// ---- What it flags: functors and std::bind ----

struct adder {
  int& sum;
  void operator()() const { sum += 1; }
};
class writer {
 public:
  explicit writer(int* to) : to_(to) {}
  void operator()() const { *to_ = 1; }

 private:
  int* to_;
};
void functor_with_a_reference() {
  int sum = 0;
  gosan::go(adder{sum});  // expect: gosan-closure-capture
}
void functor_with_a_pointer() {
  int sum = 0;
  writer w(&sum);  // expect: gosan-closure-capture
  gosan::go(w);
}
void append(std::vector<int>* to, int n) { to->push_back(n); }
void bound() {
  std::vector<int> list;
  gosan::go(std::bind(append, &list, 3));  // expect: gosan-closure-capture
}

// ---- Near misses: started by a call, functors ----

void start_in(gosan::wait_group& g, int& where) {
  g.go([&where] { where = 1; });
}
void caller_waits() {
  gosan::wait_group g;
  int hits = 0;
  start_in(g, hits);
  g.wait();
}
void start_and_wait(int& where) {
  gosan::wait_group g;
  g.go([&where] { where = 1; });
  g.wait();
}
void callee_waits() {
  int hits = 0;
  start_and_wait(hits);
}
void caller_waits_for_a_method() {
  meter m;
  gosan::wait_group g;
  m.start_in(g);
  g.wait();
}
void asked_to_wait() {
  waits_when_asked w;
  w.start();
  w.stop();
}

class waits_at_its_end {
 public:
  void start() {
    all_.go([this] { ++n_; });
  }
  ~waits_at_its_end() { all_.wait(); }

 private:
  int n_ = 0;
  gosan::wait_group all_;
};
class with_one_that_waits {
 public:
  void start() { inner_.start(); }

 private:
  waits_at_its_end inner_;
};
void destructor_waits() {
  waits_at_its_end w;
  w.start();
}
void destructor_of_a_field_waits() {
  with_one_that_waits w;
  w.start();
}

class joins_at_its_end {
 public:
  explicit joins_at_its_end(int& n) : thread_([&n] { n = 1; }) {}

 private:
  std::jthread thread_;
};
void field_joins() {
  int n = 0;
  joins_at_its_end j(n);
}

struct ends_elsewhere {
  ~ends_elsewhere();
  int n = 0;
  void start() {
    gosan::go([this] { ++n; });
  }
};
void destructor_is_not_seen() {
  ends_elsewhere e;
  e.start();
}

void object_on_the_heap() {
  auto* m = new meter;
  m->start();
  auto shared = std::make_shared<meter>();
  shared->start();
  static meter for_ever;
  for_ever.start();
}

gosan::chan<int> fill_and_tell(std::vector<int>& all) {
  auto done = gosan::make_chan<int>();
  gosan::go([&all, done] {
    all.push_back(1);
    done.send(1);
  });
  return done;
}
void waits_for_what_was_returned() {
  std::vector<int> all;
  auto done = fill_and_tell(all);
  done.recv();
}

void closure_is_waited_for() {
  int n = 0;
  gosan::wait_group g;
  auto count = [&] {
    n = 1;
    g.done();
  };
  g.add();
  in_background(count);
  g.wait();
}
template <class F>
void parallel(int n, const F& f) {
  gosan::wait_group g;
  for (int i = 0; i < n; ++i) g.go([&f, i] { f(i); });
  g.wait();
}
void closure_is_run_to_the_end() {
  int base = 1;
  parallel(3, [&base](int i) { use(base + i); });
}

void functor_is_waited_for() {
  int sum = 0;
  gosan::wait_group g;
  g.go(adder{sum});
  g.wait();
}
void bound_by_value() {
  auto list = std::make_shared<std::vector<int>>();
  gosan::go(std::bind([](std::shared_ptr<std::vector<int>> l) { l->push_back(1); }, list));
}

// ---- An object that waits only once ----

class stopped_once {
 public:
  ~stopped_once() { stop(); }
  void start() {
    group_.go([this] { work(); });
  }
  void stop() {
    if (stopped_) return;
    stopped_ = true;
    group_.wait();
  }

 private:
  void work() { ++n_; }
  gosan::wait_group group_;
  bool stopped_ = false;
  int n_ = 0;
};
void stops_by_its_end() {
  stopped_once s;
  s.start();
}

class never_stopped {
 public:
  void start() {
    group_.go([this] { work(); });
  }

 private:
  void work() { ++n_; }
  gosan::wait_group group_;
  int n_ = 0;
};
void ends_too_soon() {
  never_stopped s;
  s.start();  // expect: gosan-closure-capture
}

// ---- Waited for by a goroutine that then tells ----

void waited_for_by_another() {
  gosan::wait_group group;
  auto all_done = gosan::make_chan<void>();
  int numbers[3] = {};
  for (int i = 0; i < 3; ++i) group.go([&numbers, i] { numbers[i] = i; });
  gosan::go([&group, all_done] {
    group.wait();
    all_done.close();
  });
  all_done.recv();
}

void another_does_not_wait() {
  gosan::wait_group group;
  auto all_done = gosan::make_chan<void>();
  int numbers[3] = {};
  for (int i = 0; i < 3; ++i) group.go([&numbers, i] { numbers[i] = i; });  // expect: gosan-closure-capture
  gosan::go([all_done] { all_done.close(); });
  all_done.recv();
}
