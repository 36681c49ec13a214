// checks: -*,gosan-shared-capture
// Callables that a function runs by several goroutines, or by one that goes on when it returns.
#include <gosan/gosan.hpp>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

void use(int);

inline void parallelize(int workers, int pieces, const std::function<void(int)>& f) {
  auto todo = gosan::make_chan<int>(static_cast<std::size_t>(pieces));
  for (int i = 0; i < pieces; ++i) todo.send(i);
  todo.close();
  gosan::wait_group running;
  for (int i = 0; i < workers; ++i) {
    running.go([&] {
      for (int piece : todo) f(piece);
    });
  }
  running.wait();
}

template <class F>
void for_each_thread(int workers, F f) {
  std::vector<std::thread> threads;
  for (int i = 0; i < workers; ++i) threads.emplace_back([&f, i] { f(i); });
  for (auto& t : threads) t.join();
}

void by_pointer(void (*f)(int)) {
  std::thread first([f] { f(0); }), second([f] { f(1); });
  first.join();
  second.join();
}

void in_two_halves(const std::function<void(int)>& f) { parallelize(2, 2, f); }

void one_after_the_other(const std::function<void(int)>& f) {
  for (int i = 0; i < 3; ++i) std::thread([&] { f(i); }).join();
}

void under_a_lock(const std::function<void(int)>& f) {
  std::mutex m;
  parallelize(2, 2, [&](int i) {
    std::lock_guard hold(m);
    f(i);
  });
}

struct plugin {
  int calls = 0;
  std::atomic<int> atomic_calls = 0;
  std::mutex m;
  void filter() { ++calls; }
  void filter_atomically() { ++atomic_calls; }
  void filter_locked() {
    std::lock_guard hold(m);
    ++calls;
  }
};

// ---- What it flags ----

void counts_in_a_captured_object() {
  auto p = new plugin;
  parallelize(2, 2, [&](int) {  // note: by this call
    p->filter();  // expect: gosan-shared-capture
  });
}
void handed_on() {
  int n = 0;
  in_two_halves([&](int) { ++n; });  // expect: gosan-shared-capture
}
void of_a_template() {
  int n = 0;
  for_each_thread(3, [&](int) { ++n; });  // expect: gosan-shared-capture
}
void every_slot_by_every_call() {
  const int* slots[3] = {};
  parallelize(2, 2, [&](int) {
    for (auto& slot : slots) {
      if (!slot) slot = new int(1);  // expect: gosan-shared-capture
    }
  });
}
void fails_in_any_piece(const std::vector<int>& all) {
  bool failed = false;
  parallelize(2, 2, [&](int i) {
    if (all[static_cast<std::size_t>(i)] > 3) failed = true;  // expect: gosan-shared-capture
  });
  use(failed);
}

struct background {
  static void start(const std::function<void()>& f) {
    gosan::go([f] { f(); });
  }
};
void in_the_background(const std::function<void()>& f) {
  gosan::go([f] { f(); });
}
void shared_with_who_started_it() {
  auto n = new int(0);
  in_the_background([n] { ++*n; });  // note: which leaves it running
  use(*n);  // expect: gosan-shared-capture
}

// ---- What it does not ----

void a_result_for_each_piece() {
  std::vector<int> results(2);
  int plain[2] = {};
  parallelize(2, 2, [&](int i) {
    results[static_cast<std::size_t>(i)] = i;
    plain[i] = i;
  });
}
void each_slot_in_part() {
  int slots[3][2] = {};
  parallelize(2, 2, [&](int i) {
    for (auto& slot : slots) slot[i] = 4;
  });
}
void atomic_or_locked() {
  auto p = new plugin;
  std::mutex m;
  int n = 0;
  parallelize(2, 2, [&](int) { p->filter_atomically(); });
  parallelize(2, 2, [&](int) { p->filter_locked(); });
  parallelize(2, 2, [&](int) {
    std::lock_guard hold(m);
    ++n;
  });
  for_each_thread(3, [&](int) { p->filter_atomically(); });
  for_each_thread(3, [&](int) { p->filter_locked(); });
}
void the_first_piece_only() {
  int first = 0;
  parallelize(2, 2, [&](int i) {
    if (i == 0) first = 1;
  });
  for_each_thread(2, [&](int i) {
    if (i != 0) return;
    first = 1;
  });
  use(first);
}
void its_own_variables(const std::vector<int>& all) {
  parallelize(2, 2, [&](int i) {
    int sum = 0;
    for (int n : all) sum += n * i;
    use(sum);
  });
}
void not_at_the_same_time() {
  int n = 0;
  one_after_the_other([&](int) { ++n; });
  under_a_lock([&](int) { ++n; });
  use(n);
}
void run_where_it_is_written() {
  int n = 0;
  auto add = [&n](int i) { n += i; };
  gosan::wait_group group;
  group.go([&] {
    for (int i = 0; i < 3; ++i) add(i);
  });
  group.wait();
  use(n);
}
void shared_atomically() {
  auto n = new std::atomic<int>(0);
  in_the_background([n] { ++*n; });
  use(*n);
}
void under_the_lock_of_who_runs_it(plugin& p, const std::function<void()>& f) {
  std::lock_guard hold(p.m);
  f();
}
void run_under_a_lock() {
  plugin p;
  int n = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&] { under_the_lock_of_who_runs_it(p, [&] { ++n; }); });
  group.wait();
}
