// fix-its: 2
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <gosan/gosan.hpp>
#include <latch>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

void use(int);

// ---- What it flags ----

void sleeps() {
  gosan::go([] { std::this_thread::sleep_for(1s); });  // expect: gosan-blocking-call
}

void sleeps_by_another_name() {
  using namespace std::this_thread;
  gosan::wait_group all;
  all.go([] { sleep_until(std::chrono::steady_clock::now() + 1s); });  // expect: gosan-blocking-call
  all.wait();
}

void helper() {
  std::this_thread::sleep_for(1s);  // expect: gosan-blocking-call
}

void in_a_helper() {
  gosan::go([] { helper(); });  // note: the goroutine starts here
}

struct box {
  std::mutex m;
  std::condition_variable filled;
  bool full = false;
  void wait() {
    std::unique_lock hold(m);
    filled.wait(hold, [this] { return full; });  // expect: gosan-blocking-call
  }
};

void waits_for_an_os_condition(std::shared_ptr<box> b) {
  gosan::go([b] { b->wait(); });
}

void waits_for_a_future() {
  gosan::go([] {
    auto answer = std::async([] { return 42; });
    use(answer.get());  // expect: gosan-blocking-call
  });
}

void joins_a_thread() {
  gosan::go([] {
    std::thread t([] { use(1); });
    t.join();  // expect: gosan-blocking-call
  });
}

void waits_for_a_latch(std::shared_ptr<std::latch> started) {
  gosan::go([started] { started->wait(); });  // expect: gosan-blocking-call
}

void reads_a_pipe() {
  int ends[2];
  if (pipe(ends) != 0) return;
  gosan::go([from = ends[0]] {
    char byte = 0;
    use(static_cast<int>(read(from, &byte, 1)));  // expect: gosan-blocking-call
  });
}

void accepts() {
  int door = socket(AF_INET, SOCK_STREAM, 0);
  gosan::go([door] {
    int guest = accept(door, nullptr, nullptr);  // expect: gosan-blocking-call
    char byte = 0;
    use(static_cast<int>(recv(guest, &byte, 1, 0)));  // expect: gosan-blocking-call
  });
}

// ---- Near misses ----

void sleeps_as_a_goroutine() {
  gosan::go([] { gosan::sleep_for(1s); });
}

void runs_beside_the_goroutines() {
  gosan::go([] {
    gosan::blocking([] { std::this_thread::sleep_for(1s); });
  });
}

void in_a_thread() {
  std::thread t([] { std::this_thread::sleep_for(1s); });
  t.join();
}

void not_in_a_goroutine() { std::this_thread::sleep_for(1s); }

void goroutine_locks(std::shared_ptr<std::mutex> m) {
  gosan::go([m] { std::lock_guard hold(*m); });
}

void waits_for_the_poller() {
  int ends[2];
  if (pipe(ends) != 0) return;
  gosan::go([from = ends[0]] {
    gosan::wait_readable(from);
    char byte = 0;
    use(static_cast<int>(read(from, &byte, 1)));
  });
}

void non_blocking_descriptor() {
  int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  gosan::go([door] { use(accept4(door, nullptr, nullptr, SOCK_NONBLOCK)); });
}

void made_non_blocking_later() {
  int door = socket(AF_INET, SOCK_STREAM, 0);
  fcntl(door, F_SETFL, O_NONBLOCK);
  gosan::go([door] { use(accept(door, nullptr, nullptr)); });
}

void file_of_unknown_kind(int fd) {
  gosan::go([fd] {
    char byte = 0;
    use(static_cast<int>(read(fd, &byte, 1)));
  });
}

struct message {
  int read(int n) const { return n; }
};

void method_of_that_name(message m) {
  gosan::go([m] { use(m.read(1)); });
}

// The pipe has room for a byte.
void writes_to_a_pipe() {
  int ends[2];
  if (pipe(ends) != 0) return;
  gosan::go([to = ends[1]] { use(static_cast<int>(write(to, "x", 1))); });
}
