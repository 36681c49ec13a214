// A pool of workers between two channels. The channel of jobs is closed after the last job; the channel of results is
// not, so main waits for a ninth result.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  constexpr int count = 8;
  auto jobs = gosan::make_chan<int>(count);
  auto results = gosan::make_chan<int>(count);
  for (int id = 0; id < 3; ++id) {
    gosan::go([jobs, results] {
      for (int job : jobs) results.send(job * job);
    });
  }
  for (int job = 1; job <= count; ++job) jobs.send(job);
  jobs.close();
  for (int result : results) std::printf("%d\n", result);  // expect: gosan-unclosed-channel, deadlock
}
