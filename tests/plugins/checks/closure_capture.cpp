// fix-its: 5
#include <gosan/gosan.hpp>

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
