// A handler that interrupts everything, the detector too, and counts what the goroutines count. Wrong: it adds to a plain number that a
// goroutine reads.
#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <gosan/gosan.hpp>

static std::atomic<long> count{0};
[[maybe_unused]] static long plain = 0;

static void on_alarm(int) {
  count.fetch_add(1);
#ifdef WRONG
  plain++;
#endif
}

int main() {
  struct sigaction action {};
  action.sa_handler = on_alarm;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  itimerval often{{0, 50}, {0, 50}};
  setitimer(ITIMER_REAL, &often, nullptr);
  gosan::wait_group group;
  for (int g = 0; g < 4; ++g)
    group.go([] {
      [[maybe_unused]] volatile long sum = 0;
      for (int i = 0; i < 30000; ++i) {
        count.fetch_add(1);
        auto c = gosan::make_chan<int>(1);
        c.send(i);
        c.recv();
#ifdef WRONG
        sum = plain;  // race
#endif
      }
    });
  group.wait();
  return count.load() >= 4 * 30000 ? 0 : 1;
}
