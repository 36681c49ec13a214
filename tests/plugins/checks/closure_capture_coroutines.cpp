// checks: -*,gosan-closure-capture
// fix-its: 0
//
// Coroutines as goroutines: what their frames refer to.
#include <gosan/gosan.hpp>

#include <coroutine>
#include <string>

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

// A task that can itself be called.
struct callable_task {
  struct promise_type {
    callable_task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  void operator()() { handle.resume(); }
  std::coroutine_handle<promise_type> handle;
};
callable_task measure(const std::string& s) {
  (void)s.size();
  co_return;
}
callable_task measure_copy(std::string s) {
  (void)s.size();
  co_return;
}
void started_as_a_callable() {
  std::string s = "x";
  gosan::go(measure(s));  // expect: gosan-closure-capture
}
void started_as_a_callable_with_a_copy() {
  std::string s = "x";
  gosan::go(measure_copy(s));
}
void waited_for_as_a_callable() {
  std::string s = "x";
  gosan::wait_group group;
  group.go(measure(s));
  group.wait();
}
