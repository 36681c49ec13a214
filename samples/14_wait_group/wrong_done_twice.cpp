// A failing job is counted down where it fails, and once more where it ends.
#include <gosan/gosan.hpp>

#include <cstdio>

bool process(int job) { return job % 2 == 0; }

int main() {
  gosan::wait_group jobs;
  auto ended = gosan::make_chan<void>();
  jobs.add(1);
  gosan::go([&jobs, ended] {
    if (!process(1)) {
      std::puts("job 1 failed");
      jobs.done();  // expect: wait-group-misuse
    }
    jobs.done();  // expect: wait-group-misuse, unhandled-panic, gosan-missing-done
    ended.close();
  });
  jobs.wait();
  ended.recv();
}
