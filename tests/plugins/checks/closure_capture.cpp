// fix-its: 5
#include <gosan/gosan.hpp>

#include <coroutine>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

void write_text(int);
void use(int);
void use_text(std::string_view);
bool failed();

// ---- What it flags ----

void loop_variable() {
  gosan::wait_group group;
  for (int i = 0; i != 3; ++i) {
    group.go([&i] { use(i); });  // expect: gosan-closure-capture
  }  // note: the life of 'i' ends here
  group.wait();
}

void loop_variable_by_default_capture() {
  gosan::wait_group group;
  for (int i = 0; i != 3; ++i) {
    group.go([&] { use(i); });  // expect: gosan-closure-capture
  }
  group.wait();
}

void copy_of_an_element(const std::vector<int>& all) {
  gosan::wait_group group;
  for (int one : all) {
    group.go([&one] { use(one); });  // expect: gosan-closure-capture
  }
  group.wait();
}

void never_waits() {
  std::string text = "x";
  gosan::go([&text] { use_text(text); });  // expect: gosan-closure-capture
}

int leaves_early() {
  gosan::wait_group group;
  int result = 0;
  group.go([&result] { result = 1; });  // expect: gosan-closure-capture
  if (failed()) return -1;              // note: this path leaves
  group.wait();
  return result;
}

void leaves_by_exception() {
  gosan::errgroup group;
  int result = 0;
  group.go([&] { result = 1; });  // expect: gosan-closure-capture
  if (failed()) throw 1;          // note: this path leaves
  group.wait();
}

void waits_for_a_time_only() {
  int result = 0;
  auto done = gosan::make_chan<void>();
  gosan::go([&result, done] {  // expect: gosan-closure-capture
    result = 1;
    done.send();
  });
  gosan::select(gosan::recv_case(done), gosan::recv_case(gosan::after(std::chrono::seconds(1))));
}

void work_on(int* where);
void hands_out_an_address() {
  int result = 0;
  gosan::go(work_on, &result);  // expect: gosan-closure-capture
}

void hands_out_a_reference() {
  int result = 0;
  gosan::go([](int& r) { r = 1; }, std::ref(result));  // expect: gosan-closure-capture
}

void hands_out_a_view() {
  std::string text = "x";
  std::string_view view = text;
  gosan::go([view] { use_text(view); });  // expect: gosan-closure-capture
}

void detached_thread() {
  int result = 0;
  std::thread([&result] { result = 1; }).detach();  // expect: gosan-closure-capture
}

void waits_for_another_goroutine() {
  gosan::wait_group first, second;
  int result = 0;
  first.go([&result] { result = 1; });  // expect: gosan-closure-capture
  second.go([] {});
  second.wait();
}

void waits_in_one_branch() {
  gosan::wait_group group;
  int result = 0;
  group.go([&result] { result = 1; });  // expect: gosan-closure-capture
  if (failed()) group.wait();
}

struct settings {
  int level = 0;
  void print() const { write_text(level); }
};
void method_that_waits_for_nothing() {
  settings s;
  gosan::go([&s] { s.level = 1; });  // expect: gosan-closure-capture
  s.print();
}

void parameter_by_value(int n) {
  gosan::go([&n] { use(n); });  // expect: gosan-closure-capture
}  // note: the life of 'n' ends here

int parameter_and_early_return(int n) {
  gosan::wait_group group;
  group.go([&] { n = 1; });  // expect: gosan-closure-capture
  if (failed()) return 0;    // note: this path leaves
  group.wait();
  return n;
}

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

// ---- Near misses ----

void waits_on_every_path() {
  gosan::wait_group group;
  int result = 0;
  group.go([&result] { result = 1; });
  if (failed()) {
    group.wait();
    return;
  }
  group.wait();
}

void waits_in_a_guard() {
  int result = 0;
  gosan::wait_group group;
  gosan::defer wait{[&] { group.wait(); }};
  group.go([&result] { result = 1; });
  if (failed()) return;
  if (failed()) throw 1;
}

class waiting_guard {
 public:
  explicit waiting_guard(gosan::wait_group& g) : group_(g) {}
  ~waiting_guard() { group_.wait(); }

 private:
  gosan::wait_group& group_;
};

void waits_in_a_guard_of_its_own() {
  int result = 0;
  gosan::wait_group group;
  waiting_guard wait{group};
  group.go([&result] { result = 1; });
  if (failed()) return;
}

void counts_by_hand() {
  gosan::wait_group group;
  int result = 0;
  group.add();
  gosan::go([&] {
    gosan::defer d{[&] { group.done(); }};
    result = 1;
  });
  group.wait();
}

void receives_the_result() {
  auto done = gosan::make_chan<void>();
  int result = 0;
  gosan::go([&] {
    result = 1;
    done.send();
  });
  done.recv();
}

void receives_one_per_goroutine(int n) {
  auto done = gosan::make_chan<int>();
  int offset = 1;
  for (int i = 0; i < n; ++i) gosan::go([&offset, done, i] { done.send(i + offset); });
  for (int i = 0; i < n; ++i) done.recv();
}

void ranges_to_the_end() {
  auto numbers = gosan::make_chan<int>();
  int last = 10;
  gosan::go([&last, numbers] {
    for (int i = 0; i < last; ++i) numbers.send(i);
    numbers.close();
  });
  for (int n : numbers) use(n);
}

void joins_a_thread() {
  int result = 0;
  std::thread worker([&result] { result = 1; });
  worker.join();
}

void joins_threads_of_a_list(int n) {
  int result = 0;
  std::vector<std::thread> workers;
  for (int i = 0; i < n; ++i) workers.push_back(std::thread([&result] { use(result); }));
  for (auto& w : workers) w.join();
}

void thread_that_joins_itself() {
  int result = 0;
  std::jthread worker([&result] { result = 1; });
}

void wait_in_a_helper(gosan::wait_group& g) { g.wait(); }
void waits_by_a_helper() {
  gosan::wait_group group;
  int result = 0;
  group.go([&result] { result = 1; });
  wait_in_a_helper(group);
}

void wait_elsewhere(gosan::wait_group& g);
void waits_by_an_unknown_helper() {
  gosan::wait_group group;
  int result = 0;
  group.go([&result] { result = 1; });
  wait_elsewhere(group);
}

void captures_by_value() {
  for (int i = 0; i < 3; ++i) gosan::go([i] { use(i); });
}

void reference_to_something_longer(std::vector<int>& all) {
  gosan::wait_group group;
  for (int& one : all) group.go([&one] { one = 1; });
  group.wait();
}

void parameter_by_reference(gosan::wait_group& group, int& result) {
  group.go([&result] { result = 1; });
}

void static_storage() {
  static int calls = 0;
  gosan::go([] { ++calls; });
}

void owned_by_the_goroutine() {
  auto text = std::make_shared<std::string>("x");
  gosan::go([text] { use_text(*text); });
}

void points_to_the_heap() {
  int* number = new int(1);
  gosan::go([number] {
    use(*number);
    delete number;
  });
}

struct server {
  void run();
  void stop();
};
void stops_what_it_started() {
  server s;
  gosan::go([&s] { s.run(); });
  s.stop();
}

void never_comes_back() {
  int result = 0;
  gosan::go([&result] { result = 1; });
  for (;;) gosan::sleep_for(std::chrono::seconds(1));
}

void silenced() {
  int result = 0;
  gosan::go([&result] { result = 1; });  // NOLINT(gosan-closure-capture)
}

void park_on(void* object);
void wake(void* object);
class latch_of_ones_own {
 public:
  void done() {
    if (left_.fetch_sub(1) == 1) wake(this);
  }
  void wait() { park_on(this); }

 private:
  std::atomic<int> left_ = 1;
};
void waits_by_a_method_that_rests_on_unseen_code() {
  latch_of_ones_own latch;
  int result = 0;
  gosan::go([&] {
    result = 1;
    latch.done();
  });
  latch.wait();
}
void waits_so_within_a_lambda() {
  latch_of_ones_own latch;
  auto work = [&latch] { latch.done(); };
  gosan::go([&work] { work(); });
  gosan::blocking([&latch] { latch.wait(); });
}

void waits_until_it_is_alone() {
  gosan::semaphore s(1);
  gosan::go([&s] { s.acquire(); });
  while (gosan::num_goroutine() > 1) gosan::yield();
}

void waits_for_the_unlock() {
  gosan::mutex m;
  m.lock();
  gosan::go([&m] { m.unlock(); });
  m.lock();
  m.unlock();
}

int parameter_that_is_waited_for(int n) {
  gosan::wait_group group;
  group.go([&n] { n = 1; });
  group.wait();
  return n;
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

// ---- Coroutines: both ----

struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};
[[clang::annotate("gosan::spawn")]] void detach(task t);

task count(int& n) {
  ++n;
  co_return;
}
task count_copy(int n) {
  ++n;
  co_return;
}
void reference_parameter_of_a_coroutine() {
  int n = 0;
  detach(count(n));  // expect: gosan-closure-capture
}
void coroutine_with_a_copy() {
  int n = 0;
  detach(count_copy(n));
}
task count_and_say(int& n, gosan::chan<void> done) {
  ++n;
  done.send();
  co_return;
}
void coroutine_is_waited_for() {
  int n = 0;
  auto done = gosan::make_chan<void>();
  detach(count_and_say(n, done));
  done.recv();
}
void coroutine_is_started_later() {
  int n = 0;
  task t = count(n);  // expect: gosan-closure-capture
  detach(std::move(t));
}
struct coroutine_meter {
  int n = 0;
  task run() {
    ++n;
    co_return;
  }
};
void coroutine_of_a_local_object() {
  coroutine_meter m;
  detach(m.run());  // expect: gosan-closure-capture
}
void coroutine_of_anothers_object(coroutine_meter& m) { detach(m.run()); }
void coroutine_that_is_a_lambda() {
  int n = 0;
  detach([&]() -> task {
    ++n;  // expect: gosan-closure-capture
    co_return;
  }());
}
void pointer_parameter_of_a_coroutine() {
  std::string s = "x";
  auto clear = [](std::string* p) -> task {
    p->clear();
    co_return;
  };
  detach(clear(&s));  // expect: gosan-closure-capture
}
void coroutine_that_owns_its_text() {
  detach([](std::string p) -> task {
    p.clear();
    co_return;
  }("x"));
}
