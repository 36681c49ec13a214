// A program to be recorded: trace_program WAY [N]
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <gosan/gosan.hpp>
#include <string>

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

// Says that it has worked, then waits to be killed.
int killed(int n) {
  pipeline(n);
  std::puts("worked");
  std::fflush(stdout);
  gosan::blocking([] { pause(); });
  return 0;
}

int forks(int n) {
  pipeline(n);
  if (fork() == 0) _exit(0);
  wait(nullptr);
  return pipeline(n);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string way = argc > 1 ? argv[1] : "";
  const int n = argc > 2 ? std::atoi(argv[2]) : 10;
  if (way == "pipeline") return pipeline(n);
  if (way == "leak") return leak();
  if (way == "killed") return killed(n);
  if (way == "forks") return forks(n);
  if (way == "deadlock") gosan::make_chan<int>().recv();
  if (way == "crash") return pipeline(n), raise(SIGSEGV);
  std::fprintf(stderr, "no such way\n");
  return 98;
}
