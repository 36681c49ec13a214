// A program to be recorded: trace_program WAY [N]
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <gosan/gosan.hpp>
#include <gosan/verify.hpp>
#include <string>
#include <thread>

namespace {

// N messages through an unbuffered channel, each counted under a lock.
int pipeline(int n) {
  auto messages = gosan::make_chan<int>();
  gosan::go(gosan::go_options{.name = "producer"}, [messages, n] {
    for (int i = 0; i < n; ++i) messages.send(i);
    messages.close();
  });
  gosan::mutex m;
  long sum = 0;
  for (int x : messages) {
    m.lock();
    sum += x;
    m.unlock();
  }
  return sum == static_cast<long>(n) * (n - 1) / 2 ? 0 : 1;
}

// N messages of four senders to four receivers, on all processors.
int crowd(int n) {
  auto messages = gosan::make_chan<int>(4);
  gosan::wait_group senders, receivers;
  for (int i = 0; i < 4; ++i)
    senders.go([messages, n] {
      for (int k = 0; k < n / 4; ++k) messages.send(k);
    });
  for (int i = 0; i < 4; ++i)
    receivers.go([messages] {
      for ([[maybe_unused]] int x : messages) {
      }
    });
  senders.wait();
  messages.close();
  receivers.wait();
  return 0;
}

int leak() {
  auto never = gosan::make_chan<int>();
  auto started = gosan::make_chan<void>();
  gosan::go(gosan::go_options{.name = "stuck"}, [=] {
    started.send();
    never.recv();
  });
  started.recv();
  return 0;
}

int send_on_closed() {
  auto c = gosan::make_chan<int>(1);
  c.close();
  try {
    c.send(1);
  } catch (const gosan::panic_error&) {
  }
  return 0;
}

void in_order(gosan::mutex& first, gosan::mutex& second) {
  first.lock();
  second.lock();
  second.unlock();
  first.unlock();
}

// Two goroutines that never overlap here take two locks in both orders; nothing but luck orders them.
int lock_order() {
  static gosan::mutex a, b;
  gosan::wait_group all;
  all.go([] { in_order(a, b); });
  all.go([] { in_order(b, a); });
  all.wait();
  return 0;
}

// Says that it has worked, then waits to be killed.
int killed(int n) {
  pipeline(n);
  std::puts("worked");
  std::fflush(stdout);
  gosan::blocking([] { pause(); });
  return 0;
}

// Nobody runs, but main will: a timer wakes it.
int sleeps(int n) {
  pipeline(n);
  gosan::go([c = gosan::make_chan<int>()]() mutable { c.recv(); });
  gosan::yield();
  std::puts("worked");
  std::fflush(stdout);
  gosan::sleep_for(std::chrono::hours(1));
  return 0;
}

int forks(int n) {
  pipeline(n);
  if (fork() == 0) _exit(0);
  wait(nullptr);
  return pipeline(n);
}

// Two pipelines, of which the second is recorded.
int from_code(int n, const char* path) {
  if (pipeline(n) || !gosan::start_trace(path) || gosan::start_trace("again")) return 1;
  const int status = pipeline(n);
  gosan::stop_trace();
  return status || pipeline(n);
}

// After a recording main waits for a thread, which takes its time: whoever thinks that nobody is left has 50 ms to say so.
int after_recording(const char* path) {
  if (!gosan::start_trace(path)) return 1;
  gosan::stop_trace();
  auto late = gosan::make_chan<int>();
  std::thread sender([late] {
    usleep(50'000);
    late.send(7);
  });
  const bool came = late.recv() == 7;
  gosan::blocking([&] { sender.join(); });
  return came ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string way = argc > 1 ? argv[1] : "";
  const int n = argc > 2 ? std::atoi(argv[2]) : 10;
  if (way == "pipeline") return pipeline(n);
  if (way == "crowd") return crowd(n);
  if (way == "send_on_closed") return send_on_closed();
  if (way == "lock_order") return lock_order();
  if (way == "leak") return leak();
  if (way == "killed") return killed(n);
  if (way == "sleeps") return sleeps(n);
  if (way == "forks") return forks(n);
  if (way == "from_code") return from_code(n, argv[3]);
  if (way == "after_recording") return after_recording(argv[3]);
  if (way == "deadlock") gosan::make_chan<int>().recv();
  if (way == "crash") return pipeline(n), raise(SIGSEGV);
  std::fprintf(stderr, "no such way\n");
  return 98;
}
