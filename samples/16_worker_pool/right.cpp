// A pool of workers between two channels. Whoever has sent the last job closes the jobs; whoever has seen the last worker
// go closes the results.
#include <gosan/gosan.hpp>

#include <cstdio>

int main() {
  constexpr int count = 8;
  auto jobs = gosan::make_chan<int>(count);
  auto results = gosan::make_chan<int>(count);
  gosan::wait_group workers;
  for (int id = 0; id < 3; ++id) {
    workers.go([jobs, results] {
      for (int job : jobs) results.send(job * job);
    });
  }
  gosan::go([jobs] {
    for (int job = 1; job <= count; ++job) jobs.send(job);
    jobs.close();
  });
  gosan::go([&workers, results] {
    workers.wait();
    results.close();
  });
  int sum = 0;
  for (int result : results) sum += result;
  std::printf("sum of squares: %d\n", sum);
  return sum == 204 ? 0 : 1;
}
