// checks: -*,gosan-shared-capture
// What goroutines share without a capture; and elements that a constant names.
#include <gosan/gosan.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

void use(int);
void unseen();

// ---- Globals: what it flags ----

int hits;
void counted_by_all() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) {
    group.go([] { ++hits; });  // expect: gosan-shared-capture
  }
  group.wait();
}

std::vector<std::string> lines;
void log_line() {
  lines.push_back("x");  // expect: gosan-shared-capture
}
void by_name_of_a_function() {
  std::thread first(log_line);
  std::thread second(log_line);
  first.join();
  second.join();
}

bool stopped;
void told_by_a_plain_flag() {
  std::thread worker([] {
    while (!stopped) std::this_thread::yield();  // note: it reads it here
  });
  stopped = true;  // expect: gosan-shared-capture
  worker.join();
}

void static_of_a_function() {
  static int calls = 0;
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([] { ++calls; });  // expect: gosan-shared-capture
  group.wait();
}

// ---- Globals: what it does not ----

int total;
std::mutex total_lock;
std::atomic<int> atomic_total;
thread_local int own_total;
const std::vector<int> table{1, 2, 3};
volatile int hardware;
void kept_apart() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([] {
      std::lock_guard hold(total_lock);
      ++total;
    });
  for (int i = 0; i < 3; ++i) group.go([] { ++atomic_total; });
  for (int i = 0; i < 3; ++i) group.go([] { ++own_total; });
  for (int i = 0; i < 3; ++i) group.go([] { use(static_cast<int>(table.size())); });
  for (int i = 0; i < 3; ++i) group.go([] { hardware = 1; });
  group.wait();
}

int before_and_after;
void only_before_and_after() {
  before_and_after = 1;
  std::thread reader([] { (void)before_and_after; });
  reader.join();
  before_and_after = 2;
  std::thread writer([] { before_and_after = 3; });
  writer.join();
  use(before_and_after);
}

int guarded_elsewhere;
void unseen_functions_may_lock() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([] {
      unseen();
      ++guarded_elsewhere;
    });
  group.wait();
}

int published;
std::atomic<bool> taken;
void one_of_them() {
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i)
    group.go([] {
      if (!taken.exchange(true)) published = 1;
    });
  group.wait();
}

// ---- Elements ----

void one_element_for_both() {
  std::vector<int> all(2);
  gosan::wait_group group;
  group.go([&] { all[0] = 1; });  // note: the other writes it here
  group.go([&] { all[0] = 2; });  // expect: gosan-shared-capture
  group.wait();
}
void read_too_early() {
  int all[2] = {};
  std::thread writer([&] { all[1] = 1; });
  use(all[1]);  // expect: gosan-shared-capture
  writer.join();
}
void an_element_each() {
  std::array<int, 2> all{};
  gosan::wait_group group;
  group.go([&] { all[0] = 1; });
  group.go([&] { all[1] = 2; });
  group.wait();
}
void elements_by_variable() {
  std::vector<int> all(3);
  gosan::wait_group group;
  for (int i = 0; i < 3; ++i) group.go([&all, i] { all[i] = i; });
  group.wait();
}
