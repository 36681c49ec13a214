// checks: -*,gosan-closure-capture
// fix-its: 7
//
// Closures that reach the goroutine by way of helpers, wrappers and other closures.
#include <gosan/gosan.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

void use(int);
void use(const std::string&);
void log();

// ---- What it flags ----

template <class F>
void moved_on(F f) {
  gosan::go(std::move(f));
}
template <class F>
void forwarded(F&& f) {
  moved_on(std::forward<F>(f));
}
void handed_to_helpers() {
  int n = 1;
  std::string name;
  moved_on([&n] { use(n); });          // expect: gosan-closure-capture
  forwarded([&name] { use(name); });   // expect: gosan-closure-capture
}

template <class F>
auto logged(F f) {
  return [f = std::move(f)] {
    log();
    f();
  };
}
template <class F>
F same(F f) {
  return f;
}
std::function<void()> twice(std::function<void()> f) {
  return [f] { f(), f(); };
}
void wrapped() {
  int n = 1;
  gosan::go(logged([&n] { use(n); }));          // expect: gosan-closure-capture
}
void wrapped_twice() {
  int n = 1;
  gosan::go(logged(same([&n] { use(n); })));    // expect: gosan-closure-capture
}
void wrapped_in_a_function() {
  int n = 1;
  gosan::go(twice([&n] { use(n); }));           // expect: gosan-closure-capture
}

void moved_into_another() {
  int n = 1;
  auto f = [&n] { use(n); };                    // expect: gosan-closure-capture
  gosan::go([f = std::move(f)] { f(); });
}
void copied_into_another() {
  int n = 1;
  std::function<void()> f = [&n] { use(n); };   // expect: gosan-closure-capture
  gosan::go([f] { f(); });
}
void run_it(const std::function<void()>& f) { f(); }
void handed_to_the_body() {
  int n = 1;
  gosan::go(run_it, [&n] { use(n); });          // expect: gosan-closure-capture
}

template <class F>
void logged_in_background(F f) {
  gosan::go(logged(std::move(f)));
}
void wrapped_by_a_helper() {
  int n = 1;
  logged_in_background([&n] { use(n); });       // expect: gosan-closure-capture
}

// Steps of an iterator hand it on to nobody.
void iterator_of_a_loop(const std::vector<int>& all) {
  for (auto at = all.begin(); at != all.end(); ++at) gosan::go([&at] { use(*at); });  // expect: gosan-closure-capture
}

// ---- Near misses ----

void copies_only() {
  int n = 1;
  moved_on([n] { use(n); });
  gosan::go(logged([n] { use(n); }));
  gosan::go(twice([n] { use(n); }));
}

void run_here() {
  int n = 1;
  auto f = logged([&n] { use(n); });
  f();
  run_it([&n] { use(n); });
}

void waited_for() {
  int n = 1;
  gosan::wait_group g;
  g.go(logged([&n] { use(n); }));
  g.go([f = logged([&n] { use(n); })] { f(); });
  g.wait();
}

// What the inner closure signals by is waited for, through whatever calls it.
void inner_signal_is_waited_for() {
  int n = 1;
  auto done = gosan::make_chan<void>();
  std::function<void()> f = [&n, done] {
    use(n);
    done.close();
  };
  gosan::go([f] { f(); });
  done.recv();
}
void signal_of_what_helpers_got() {
  int n = 1;
  auto done = gosan::make_chan<void>();
  moved_on([&n, done] {
    use(n);
    done.close();
  });
  done.recv();
  auto again = gosan::make_chan<void>();
  gosan::go(twice([&n, again] {
    use(n);
    again.try_send();
  }));
  again.recv();
}

// Calls what it gets, and hands on something else.
template <class F>
auto after_running(F f) {
  f();
  return [] { log(); };
}
void only_its_result_is_started() {
  int n = 1;
  gosan::go(after_running([&n] { use(n); }));
}

template <class F>
void run_in_a_group(F f) {
  gosan::wait_group g;
  g.go(std::move(f));
  g.wait();
}
void helper_that_waits() {
  int n = 1;
  std::string name;
  run_in_a_group([&n] { use(n); });
  run_in_a_group(logged([&name] { use(name); }));
}

void iterator_by_value(const std::vector<int>& all) {
  gosan::wait_group g;
  for (auto at = all.begin(); at != all.end(); ++at) g.go([at] { use(*at); });
  g.wait();
}

// ---- Code that is not seen and can reach what the goroutine signals ----

extern gosan::wait_group everything;
gosan::wait_group own_group;
static gosan::wait_group hidden_group;
void wait_for_everything();
void finish_all() { wait_for_everything(); }

int waited_for_by_a_global() {
  int n = 0;
  everything.add(1);
  gosan::go([&n] {
    n = 1;
    everything.done();
  });
  wait_for_everything();
  return n;
}
int waited_for_by_a_global_in_a_callee() {
  int n = 0;
  own_group.add(1);
  gosan::go([&n] {
    n = 1;
    own_group.done();
  });
  finish_all();
  return n;
}
int nothing_is_called() {
  int n = 0;
  everything.add(1);
  gosan::go([&n] {  // expect: gosan-closure-capture
    n = 1;
    everything.done();
  });
  return 0;
}
int a_group_of_this_file() {
  int n = 0;
  hidden_group.add(1);
  gosan::go([&n] {  // expect: gosan-closure-capture
    n = 1;
    hidden_group.done();
  });
  wait_for_everything();
  return 0;
}
class finishing {
 public:
  int run() {
    int n = 0;
    group_.add(1);
    gosan::go([&n, this] {
      n = 1;
      group_.done();
    });
    finish();
    return n;
  }
  int run_without() {
    int n = 0;
    group_.add(1);
    gosan::go([&n, this] {  // expect: gosan-closure-capture
      n = 1;
      group_.done();
    });
    return 0;
  }
  void finish();

 private:
  gosan::wait_group group_;
};
