// A handler tells main to stop by plain variables: without goroutines both are on one thread, so it is no race that the system hands the
// signal to the thread that waits for main here. Wrong: another goroutine reads what the handler writes.
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <gosan/gosan.hpp>

struct wish {
  int signal = 0;
  int times = 0;
};
static wish wished;

static void on_alarm(int number) {
  wished.signal = number;
  wished.times++;
}

int main() {
  struct sigaction action {};
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, nullptr);
  itimerval soon{{0, 10000}, {0, 10000}};
  setitimer(ITIMER_REAL, &soon, nullptr);
  while (wished.times < 3) pause();
#ifdef WRONG
  gosan::wait_group group;
  group.go([] {
    [[maybe_unused]] volatile int seen = wished.times;  // race
  });
  group.wait();
  pause();
#endif
  return wished.signal == SIGALRM ? 0 : 1;
}
