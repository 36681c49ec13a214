// A program whose main waits in calls that a handler's signal is to end, as it ends them without goroutines. A child sends the signal over
// and over: one that comes before the call does not end it. `restart` handlers let read() go on.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "gosan/go.hpp"

static std::atomic<int> handled{0};

static pid_t send_for_ever(pid_t to) {
  const pid_t child = fork();
  if (child) return child;
  const timespec pause_between{0, 20'000'000};
  while (kill(to, SIGUSR1) == 0) nanosleep(&pause_between, nullptr);
  _exit(0);
}

int main(int argc, char** argv) {
  const bool restart = argc > 1 && std::strcmp(argv[1], "restart") == 0;
  if (argc > 2) gosan::go([] {
    for (;;) gosan::yield();  // main's return ends it NOLINT(gosan-endless-goroutine)
  });
  struct sigaction a {};
  a.sa_handler = [](int) { handled = 1; };
  a.sa_flags = restart ? SA_RESTART : 0;
  sigaction(SIGUSR1, &a, nullptr);
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t sender = send_for_ever(getpid());
  pause();
  std::puts("paused");
  if (sleep(60) > 0) std::puts("slept");
  char c = 0;
  if (restart) {
    gosan::go([end = ends[1]] {
      for (int i = 0; i < 1000; ++i) gosan::yield();
      if (write(end, "x", 1) != 1) std::abort();
    });
    if (read(ends[0], &c, 1) == 1) std::puts("read");
  } else if (read(ends[0], &c, 1) == -1 && errno == EINTR) {
    std::puts("interrupted");
  }
  kill(sender, SIGKILL);
  waitpid(sender, nullptr, 0);
  return handled ? 0 : 2;
}
