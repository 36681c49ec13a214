// Tests spread over four workers, all of which stop when one fails. The channel for failures has no buffer, and the
// producer reads it once: when two workers fail, the second one waits for ever, and so does main.
#include <gosan/gosan.hpp>

#include <cstdio>

constexpr int workers = 4;

void produce(const gosan::chan<int>& numbers, const gosan::chan<void>& failed) {
  for (int i = 0; i < 100; ++i) {
    int which = gosan::select(gosan::send_case(numbers, i), gosan::recv_case(failed));
    if (which == 1) break;
  }
  numbers.close();
}

// The first four tests need one another: each waits until all have started. All of them fail.
bool passes(int number, gosan::wait_group& started) {
  if (number >= workers) return true;
  started.done();
  started.wait();
  return false;
}

int main() {
  auto numbers = gosan::make_chan<int>();
  auto failed = gosan::make_chan<void>();
  gosan::wait_group started, running;
  started.add(workers);
  gosan::go([=] { produce(numbers, failed); });
  for (int i = 0; i < workers; ++i) {
    running.go([=, &started] {
      for (int number : numbers) {
        if (passes(number, started)) continue;
        failed.send();  // expect: deadlock, gosan-blocked-send
        return;
      }
    });
  }
  running.wait();  // expect: deadlock
  std::puts("all workers have stopped");
}
